"""What a panel's queries answered, with legends filled in."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from dashboards.proof.boards.expanding import Pace, expand
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


class Answer(Struct, frozen=True, kw_only=True):
    """Everything that is needed to draw one panel."""

    panel: Panel
    span: Span
    by_query: tuple[tuple[Named, ...], ...]
    trouble: str = ""

    @property
    def all(self) -> tuple[Named, ...]:
        return tuple(named for answers in self.by_query for named in answers)

    @property
    def is_empty(self) -> bool:
        return not any(named.series.numbers for named in self.all)


def ask(
    prometheus: Prometheus, board: Board, panel: Panel, span: Span, pace: Pace
) -> Answer:
    """Ask every query of a panel; a refusal is drawn, not raised."""

    def over(target: Target) -> list[Series]:
        return prometheus.over(expand(target.expr, board, pace), span)

    def at(target: Target) -> list[Series]:
        return prometheus.at(expand(target.expr, board, pace), span.end)

    try:
        found = tuple(
            _named(target, (at if target.instant else over)) for target in panel.targets
        )
    except QueryRefused as refused:
        return Answer(panel=panel, span=span, by_query=(), trouble=str(refused))
    return Answer(panel=panel, span=span, by_query=found)


def _named(
    target: Target, fetch: Callable[[Target], Sequence[Series]]
) -> tuple[Named, ...]:
    return tuple(
        Named(_fill(target.legend_format, series.labels), series)
        for series in fetch(target)
    )


def _fill(legend: str, labels: dict[str, str]) -> str:
    return _LABEL.sub(lambda found: labels.get(found[1], ""), legend).strip()
