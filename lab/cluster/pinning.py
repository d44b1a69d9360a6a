"""The overlay over platform/pins.toml: this machine's images and manifests."""

from pathlib import Path
from typing import Any, Final

from lab.cluster.building import folder_of
from lab.cluster.images import read_images
from lab.cluster.places import Places
from lab.cluster.recipes import OPERATORS

OTHER_NAMES: Final = {
    "postgres": "postgresql",
    "redis-exporter": "exporters",
    "node-exporter": "exporters",
    "blackbox-exporter": "exporters",
}
"""Names in pins.toml whose image has another name here."""
COMMANDS: Final = {
    "prometheus": "/usr/bin/prometheus",
    "alertmanager": "/usr/bin/prometheus-alertmanager",
    "redis-exporter": "/usr/bin/prometheus-redis-exporter",
    "node-exporter": "/usr/bin/prometheus-node-exporter",
    "blackbox-exporter": "/usr/bin/prometheus-blackbox-exporter",
}
"""Paths in Debian's packages that differ from those of other images."""


def write_overlay(places: Places) -> Path:
    """Write the overlay; raises ImagesMissing."""
    built = {image.name: image for image in read_images(places)}
    names = {name: name for name in built} | OTHER_NAMES
    lines: list[str] = []
    for name, own in sorted(names.items()):
        image = built.get(own)
        if image is None:
            continue
        reference, tag = image.reference.rsplit(":", 1)
        table: dict[str, Any] = {"ref": reference, "tag": tag}
        if name in COMMANDS:
            table["command"] = COMMANDS[name]
        lines += _table(f"images.{name}", table)
    for name, path in _manifests(places).items():
        lines += _table(f"manifests.{name}", {"path": str(path)})
    places.pins.write_text("\n".join(lines), encoding="utf-8")
    return places.pins


def _manifests(places: Places) -> dict[str, Path]:
    found = {}
    for recipe in OPERATORS:
        for path in (folder_of(places, recipe) / "manifests").glob("*"):
            found[path.stem] = path
    return found


def _table(name: str, values: dict[str, Any]) -> list[str]:
    return [f"[{name}]", *(f'{k} = "{v}"' for k, v in values.items()), ""]
