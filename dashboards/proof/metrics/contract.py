"""The metric contract: a query reads only metrics that a program declares.

A renamed metric or label leaves a panel empty and an alert silent, and nothing fails;
here it fails.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from dashboards.proof.metrics.selectors import read_query
from dashboards.rules.model import Alert, Group

Declared = Mapping[str, frozenset[str]]
"""Metric name to its labels."""

EXPORTERS: Final = Path(__file__).with_name("exporters.toml")
SCRAPED: Final = frozenset({"job", "instance", "le"})
"""Labels that Prometheus and histograms add to every metric."""


class Exporter(Struct, frozen=True, forbid_unknown_fields=True):
    """Metrics of a third-party program, and the reason to rely on them."""

    reason: str
    metrics: dict[str, frozenset[str]]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    exporter: tuple[Exporter, ...]


def exported_by_others() -> dict[str, frozenset[str]]:
    """Return the metrics that exporters.toml lists."""
    tree = tomllib.loads(EXPORTERS.read_text(encoding="utf-8"))
    listed = msgspec.convert(tree, _File)
    return {
        name: labels
        for exporter in listed.exporter
        for name, labels in exporter.metrics.items()
    }


def recorded(groups: Iterable[Group]) -> dict[str, frozenset[str]]:
    """Return the records of our rules with their labels."""
    found: dict[str, frozenset[str]] = {}
    for rule in (rule for group in groups for rule in group.rules):
        if not isinstance(rule, Alert):
            query = read_query(rule.expr)
            read = [found.get(s.metric, frozenset()) for s in query.selectors]
            labels = frozenset(rule.labels).union(*read)
            found[rule.record] = found.get(rule.record, frozenset()) | labels
    return found


def find_undeclared(expr: str, declared: Declared) -> list[str]:
    """Return every undeclared metric and label of a query, in order.

    Raises QueryUnreadable.
    """
    query = read_query(expr)
    names = {selector.metric for selector in query.selectors}
    unknown = sorted(names - declared.keys())
    labels = [
        f"{selector.metric}{{{label}}}"
        for selector in query.selectors
        if selector.metric in declared
        for label in sorted(selector.labels - declared[selector.metric] - SCRAPED)
    ]
    known = SCRAPED.union(*(declared.get(name, frozenset()) for name in names))
    grouped = [f"by {label}" for label in sorted(query.grouped - known)]
    return [*unknown, *labels, *([] if unknown else grouped)]
