"""The results of a panel's queries, each series under the name of its legend."""

import re
from typing import Final

from msgspec import Struct

from dashboards.proof.boards.variables import Pace, expand
from dashboards.proof.metrics.prometheus import Prometheus, QueryRefused, Series, Span
from dashboards.reading import Board, Panel, Target

_LABEL: Final = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Named(Struct, frozen=True):
    """A series under the name that its legend gives it."""

    name: str
    series: Series

    @property
    def last(self) -> float | None:
        """The newest number; None when there is none."""
        numbers = self.series.numbers
        return numbers[-1] if numbers else None


class Result(Struct, frozen=True, kw_only=True):
    """What a panel shows: one tuple of series for each of its queries."""

    panel: Panel
    span: Span
    by_query: tuple[tuple[Named, ...], ...]
    error: str = ""

    @property
    def all(self) -> tuple[Named, ...]:
        """Every series that has a number."""
        named = (one for found in self.by_query for one in found)
        return tuple(one for one in named if one.series.numbers)


def query_panel(
    prometheus: Prometheus, board: Board, panel: Panel, span: Span, pace: Pace
) -> Result:
    """Run every query of a panel; a refused query becomes the result's `error`."""
    try:
        found = tuple(
            tuple(
                Named(_fill(target.legend_format, series.labels), series)
                for series in _run(prometheus, board, target, span, pace)
            )
            for target in panel.targets
        )
    except QueryRefused as refused:
        return Result(panel=panel, span=span, by_query=(), error=str(refused))
    return Result(panel=panel, span=span, by_query=found)


def _run(
    prometheus: Prometheus, board: Board, target: Target, span: Span, pace: Pace
) -> list[Series]:
    expr = expand(target.expr, board, pace)
    if target.instant:
        return prometheus.at(expr, span.end)
    return prometheus.over(expr, span)


def _fill(legend: str, labels: dict[str, str]) -> str:
    return _LABEL.sub(lambda found: labels.get(found[1], ""), legend).strip()
