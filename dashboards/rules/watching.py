"""An alert together with what sets it off: enough to predict when it fires."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from dashboards.rules.model import Alert
from targets.units import Duration

Events = Literal["many", "few", "any"]


class Share(Struct, frozen=True, kw_only=True):
    """Set off when more than `line` (0…1) of an objective's events are bad.

    The share must be over the line in both windows; `slower` (seconds) says that bad
    means slower than that, whatever the objective promises. `events` says whether the
    alert wants many or few of them in the long window.
    """

    slo: str
    line: Decimal
    long: Duration
    short: Duration
    slower: Decimal | None = None
    events: Events = "any"
    labels: dict[str, str] = {}


class Level(Struct, frozen=True, kw_only=True):
    """Set off when a gauge leaves `rest` and is worse than `line`.

    `worse` is a value beyond the line; None says that the series vanishes. `line` is
    the last value that is still good, where there is one. A gauge that `climbs` is an
    age: it grows by a second a second. `beside` are the series that stay as they are.
    """

    series: str
    rest: Decimal
    worse: Decimal | None
    line: Decimal | None = None
    climbs: bool = False
    beside: dict[str, Decimal] = {}
    labels: dict[str, str] = {}
    """What the alert knows about its cause, beyond the labels of its rule."""


Cause = Share | Level


class Watch(Struct, frozen=True, kw_only=True):
    """One alert rule and everything that may set it off."""

    alert: Alert
    causes: tuple[Cause, ...]
