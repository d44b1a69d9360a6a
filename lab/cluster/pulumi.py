"""Pulumi's command line against this cluster: file state, own home, own passphrase."""

import os
import secrets
import subprocess
from collections.abc import Sequence
from typing import Final

from lab.cluster.places import CHECKOUT, Places

UNSAVED: Final = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
"""With a file backend Pulumi writes the whole state after each step, which a preview
does not need: two thirds of its time. Commands that change resources need it.
"""


def pulumi_environment(places: Places, command: str = "") -> dict[str, str]:
    """Return Pulumi's environment; create its folders and passphrase on first use.

    The state is in a folder, with encrypted secrets; nothing is looked up or
    downloaded.
    """
    state = places.pulumi / "state"
    state.mkdir(parents=True, exist_ok=True)
    passphrase = places.pulumi / "passphrase"
    if not passphrase.exists():
        passphrase.touch(mode=0o600)
        passphrase.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    path = [str(CHECKOUT / ".venv" / "bin"), str(places.tools), os.environ["PATH"]]
    return {
        "PATH": os.pathsep.join(path),
        "KUBECONFIG": str(places.kubeconfig),
        "PULUMI_HOME": str(places.pulumi / "home"),
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(passphrase),
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # A short-lived program on a machine with few cores and little memory.
        "GOGC": "400",
        # Most operations wait for a pod. The default of eight at once delays others.
        "PULUMI_PARALLEL": "64",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        **(UNSAVED if command == "preview" else {}),
    }


def hand_over(places: Places, words: Sequence[str]) -> int:
    """Run pulumi with this terminal; return its exit code."""
    return subprocess.call(  # noqa: S603 - the user's arguments
        ["pulumi", *words],  # noqa: S607 - found on the path that we set
        cwd=CHECKOUT,
        env={**os.environ, **pulumi_environment(places, *words[:1])},
    )
