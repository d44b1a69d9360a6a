"""Releases that experiments make: a changed setting, and one with a defect."""

from pathlib import Path
from typing import Any, Final

from chaos.environments.cluster.rollouts import Change

PROGRAM: Final = Path(__file__).with_name("bad_release.py")
CONFIG: Final = "holdfast-bad-release"
_FOLDER = "/run/bad-release"


def changed_setting() -> Change:
    """Return the change to a higher log level: a release without a defect."""
    quiet = {"name": "HOLDFAST_LOG_LEVEL", "value": "warning"}
    return [
        {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": quiet}
    ]


def bad_release() -> Change:
    """Return the change that starts the API with the defective program."""
    template = "/spec/template/spec"
    volume = {"name": CONFIG, "configMap": {"name": CONFIG}}
    mount = {"name": CONFIG, "mountPath": _FOLDER, "readOnly": True}
    command = ["python", f"{_FOLDER}/{PROGRAM.name}"]
    container = f"{template}/containers/0"
    return [
        {"op": "add", "path": f"{template}/volumes/-", "value": volume},
        {"op": "add", "path": f"{container}/volumeMounts/-", "value": mount},
        {"op": "replace", "path": f"{container}/command", "value": command},
    ]


def config_map() -> dict[str, Any]:
    """Return the ConfigMap that carries the program into the pods."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG},
        "data": {PROGRAM.name: PROGRAM.read_text(encoding="utf-8")},
    }
