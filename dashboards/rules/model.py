"""The rule model: records, alerts, groups, and the causes of an alert."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import yaml
from msgspec import UNSET, Struct, UnsetType, to_builtins

from targets.units import Duration


class Record(Struct, frozen=True, kw_only=True):
    """A recording rule."""

    record: str
    expr: str
    labels: dict[str, str]


class Alert(Struct, frozen=True, kw_only=True, rename={"for_": "for"}):
    """An alerting rule; it fires when its query has had a result for `for_`."""

    alert: str
    expr: str
    for_: str
    labels: dict[str, str]
    annotations: dict[str, str]


Events = Literal["many", "few", "any"]


class Share(Struct, frozen=True, kw_only=True):
    """Fires the alert when more than `line` (0…1) of an SLO's events are bad.

    The share must be over the line in both windows; `slower` (seconds) makes events
    slower than that bad, for any objective. `events` says whether the alert needs many
    or few of them in the long window.
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
    normal: Decimal
    failed: Decimal | None
    line: Decimal | None = None
    is_age: bool = False
    unchanged: dict[str, Decimal] = {}
    labels: dict[str, str] = {}
    """Labels of the alert beyond those of its rule."""


Cause = Share | Level


class AlertRule(Struct, frozen=True, kw_only=True):
    """One alert and each cause that makes it fire."""

    alert: Alert
    causes: tuple[Cause, ...]


class Group(Struct, frozen=True, kw_only=True):
    """Rules that Prometheus evaluates together, in order."""

    name: str
    interval: str | UnsetType = UNSET
    rules: Sequence[Record | Alert]


def write_rules(groups: Sequence[Group]) -> str:
    """Return the text of a rule file."""
    tree = {"groups": [to_builtins(group) for group in groups]}
    text: str = yaml.safe_dump(tree, sort_keys=False, width=100_000)
    return text
