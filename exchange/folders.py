"""The folders under HOLDFAST_STATE that more than one package reads."""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]


def state_folder() -> Path:
    """Return HOLDFAST_STATE, or `.holdfast` in the checkout, as an absolute path."""
    given = os.environ.get("HOLDFAST_STATE")
    return Path(given).expanduser().resolve() if given else _CHECKOUT / ".holdfast"


def results_folder() -> Path:
    """Return the folder that holds one folder of results for each run."""
    return state_folder() / "results"


def tools_folder() -> Path:
    """Return the folder of the programs unpacked from Debian packages."""
    return state_folder() / "tools"


def local_platform_file() -> Path:
    """Return the platform.json of the platform on this machine."""
    return state_folder() / "state" / "platform.json"


def cluster_folder() -> Path:
    """Return the folder of the platform on Kubernetes: platform.json and results."""
    return state_folder() / "cluster"


def cluster_platform_file() -> Path:
    """Return the platform.json of the platform on Kubernetes."""
    return cluster_folder() / "platform.json"
