"""What a Prometheus rule file is made of, and how it is written down."""

from collections.abc import Sequence

import yaml
from msgspec import UNSET, Struct, UnsetType, to_builtins


class Record(Struct, frozen=True, kw_only=True):
    """A query whose answer is kept under a name of its own."""

    record: str
    expr: str
    labels: dict[str, str]


class Alert(Struct, frozen=True, kw_only=True, rename={"for_": "for"}):
    """A query whose answer, standing for `for_`, tells somebody."""

    alert: str
    expr: str
    for_: str
    labels: dict[str, str]
    annotations: dict[str, str]


class Group(Struct, frozen=True, kw_only=True):
    """Rules that are evaluated together, in order."""

    name: str
    interval: str | UnsetType = UNSET
    rules: Sequence[Record | Alert]


def write_rules(groups: Sequence[Group]) -> str:
    """The text of a rule file."""
    tree = {"groups": [to_builtins(group) for group in groups]}
    text: str = yaml.safe_dump(tree, sort_keys=False, width=100_000)
    return text
