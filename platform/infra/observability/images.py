"""The images of those who watch, by the names that the pins give them."""

from dataclasses import dataclass, fields

from infra.appliance import Binary
from infra.pins import Pins


@dataclass(frozen=True, kw_only=True)
class Images:
    """One image and command for each; an underscore here is a hyphen there."""

    prometheus: Binary
    alertmanager: Binary
    redis_exporter: Binary
    node_exporter: Binary
    blackbox_exporter: Binary
    grafana: Binary
    otel_collector: Binary
    tempo: Binary
    loki: Binary


def images_of(pins: Pins) -> Images:
    """All of them; raises `SettingWrong` for one that is not pinned."""
    names = (field.name for field in fields(Images))
    return Images(**{name: _binary(pins, name.replace("_", "-")) for name in names})


def _binary(pins: Pins, name: str) -> Binary:
    image, command = pins.image(name), pins.images[name].command
    return Binary(image=image, command=(command,) if command else ())
