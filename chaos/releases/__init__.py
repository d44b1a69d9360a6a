"""Releases that experiments make: a changed settings, and one with a defect."""

from pathlib import Path
from typing import Any, Final

from chaos.environments.cluster.rollouts import Change

PROGRAM: Final = Path(__file__).with_name("bad_release.py")
CONFIG: Final = "holdfast-bad-release"
_FOLDER = "/run/bad-release"


def changed_setting() -> Change:
    """The API logs less: a release without a defect."""
    quiet = {"name": "HOLDFAST_LOG_LEVEL", "value": "warning"}
    return [
        {"op": "add", "path": "/spec/template/spec/containers/0/env/-", "value": quiet}
    ]


def bad_release() -> Change:
    """The API as it is, started by the program with the defect."""
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
    """The object that carries the program into the pods."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG},
        "data": {PROGRAM.name: PROGRAM.read_text(encoding="utf-8")},
    }
