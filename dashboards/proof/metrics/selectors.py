"""The metrics and labels that a query reads."""

import re
from collections.abc import Iterator
from typing import Any, Final

import promql_parser
from msgspec import Struct

_DURATION_VARIABLE: Final = re.compile(r"\$__(?:rate_interval|interval|range)\b")
_OTHER_VARIABLE: Final = re.compile(r"\$\{?\w+\}?")


class QueryUnreadable(Exception):
    """PromQL that does not parse; the message is the parser's."""


class Selector(Struct, frozen=True):
    """A metric and the labels of its matchers."""

    metric: str
    labels: frozenset[str]


class Reading(Struct, frozen=True):
    """The selectors of a query, and the labels that it groups or joins by."""

    selectors: tuple[Selector, ...]
    grouped: frozenset[str]


def parse(expr: str) -> promql_parser.Expr:
    """Return the syntax tree of a query, with harmless values for its variables.

    Raises QueryUnreadable.
    """
    plain = _OTHER_VARIABLE.sub("all", _DURATION_VARIABLE.sub("1m", expr))
    try:
        tree: promql_parser.Expr = promql_parser.parse(plain)
    except ValueError as trouble:
        raise QueryUnreadable(f"{trouble}: {expr}") from trouble
    return tree


def read_query(expr: str) -> Reading:
    """Return the metrics and labels that a query reads. Raises QueryUnreadable."""
    nodes = list(walk(parse(expr)))
    return Reading(
        selectors=tuple(_selector(node) for node in nodes if _is_selector(node)),
        grouped=frozenset(label for node in nodes for label in _grouping(node)),
    )


def walk(tree: promql_parser.Expr) -> Iterator[Any]:
    """Yield every node, the root first."""
    seen: list[Any] = []
    promql_parser.walk(tree, pre_visit=seen.append)
    return iter(seen)


def _is_selector(node: object) -> bool:
    return isinstance(node, promql_parser.VectorSelector)


def _selector(node: promql_parser.VectorSelector) -> Selector:
    matchers = node.matchers.matchers
    named = [m.value for m in matchers if m.name == "__name__"]
    return Selector(
        metric=node.name or (named[0] if named else ""),
        labels=frozenset(m.name for m in matchers if m.name != "__name__"),
    )


def _grouping(node: object) -> Iterator[str]:
    if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
        yield from node.modifier.labels
    if isinstance(node, promql_parser.BinaryExpr) and node.modifier:
        if node.modifier.matching:
            yield from node.modifier.matching.labels
        yield from node.modifier.group_labels or ()
