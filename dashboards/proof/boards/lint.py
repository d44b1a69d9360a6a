"""Lint rules for boards that a schema cannot express.

The rules are those of Grafana's own linter that fit us, and some that it lacks.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from grafana_foundation_sdk.models import units
from promql_parser import MatrixSelector, VectorSelector

from dashboards.boards.panels import COLUMNS
from dashboards.proof.metrics.selectors import QueryUnreadable, parse, walk
from dashboards.reading import Board, Panel, Place

KNOWN_UNITS: Final = frozenset(
    value for value in vars(units).values() if isinstance(value, str)
)
SHORTEST_DESCRIPTION: Final = 40
GAUGES_NAMED_LIKE_COUNTERS: Final = {
    "pg_stat_activity_count": "connections at this moment",
}
_TYPED_WINDOW: Final = re.compile(r"\b(?:rate|irate)\([^\[\]]*\[(?!\$__rate_interval)")
_BARE_ZERO: Final = re.compile(r"\bor\s+(?:on\s*\(\)\s*)?vector\(0\)")
_RUNBOOK: Final = re.compile(r"\$\{runbooks\}/([a-z-]+)\.md")

PanelRule = Callable[[Panel], Iterator[str]]
BoardRule = Callable[[Board], Iterator[str]]


def lint(boards: Sequence[Board]) -> list[str]:
    """Return one line for each fault: `uid / panel: fault`."""
    faults = [
        f"{board.uid}: {fault}"
        for board in boards
        for rule in BOARD_RULES.values()
        for fault in rule(board)
    ]
    faults += [
        f"{board.uid} / {panel.title}: {fault}"
        for board in boards
        for panel in board.pictures
        for rule in PANEL_RULES.values()
        for fault in rule(panel)
    ]
    uids = [board.uid for board in boards]
    faults += [f"{uid}: the uid is taken" for uid in {*uids} if uids.count(uid) > 1]
    return faults


def runbooks_of(board: Board) -> set[str]:
    """Return the runbook pages that a board's panels link to."""
    urls = [link.url for panel in board.pictures for link in panel.links]
    return {found[1] for url in urls if (found := _RUNBOOK.fullmatch(url))}


def _has_datasource_variable(board: Board) -> Iterator[str]:
    if not any(v.type == "datasource" for v in board.templating.list):
        yield "no variable chooses the data source"


def _has_unique_ids(board: Board) -> Iterator[str]:
    ids = [panel.id for panel in board.panels]
    if len({*ids}) != len(ids) or 0 in ids:
        yield "panels share an id, or have none"


def _has_unique_titles(board: Board) -> Iterator[str]:
    titles = [panel.title for panel in board.pictures]
    for title in sorted({t for t in titles if titles.count(t) > 1}):
        yield f"two panels are called {title!r}"


def _stays_apart(board: Board) -> Iterator[str]:
    for one, other in combinations(board.panels, 2):
        if _overlap(one.grid_pos, other.grid_pos):
            yield f"{one.title!r} covers {other.title!r}"


def _stays_in_the_grid(board: Board) -> Iterator[str]:
    for panel in board.panels:
        if panel.grid_pos.x + panel.grid_pos.w > COLUMNS:
            yield f"{panel.title!r} leaves the grid"


def _offers_all(board: Board) -> Iterator[str]:
    for variable in board.templating.list:
        if variable.type == "query" and not (
            variable.include_all and variable.all_value
        ):
            yield f"${variable.name} has no allValue: a new series would be left out"


def _begins_with_a_row(board: Board) -> Iterator[str]:
    if not board.panels or not board.panels[0].is_row:
        yield "the first panel is not the head of a row"


def _overlap(one: Place, other: Place) -> bool:
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )


def _is_described(panel: Panel) -> Iterator[str]:
    if not panel.title or len(panel.description) < SHORTEST_DESCRIPTION:
        yield "says too little about what a bad picture means"


def _has_known_unit(panel: Panel) -> Iterator[str]:
    unit = panel.field_config.defaults.unit
    if unit not in KNOWN_UNITS:
        yield f"no such unit: {unit!r}"


def _asks_something(panel: Panel) -> Iterator[str]:
    if not panel.targets or not all(target.expr for target in panel.targets):
        yield "asks nothing"


def _asks_readably(panel: Panel) -> Iterator[str]:
    for target in panel.targets:
        try:
            parse(target.expr)
        except QueryUnreadable as trouble:
            yield f"query {target.ref_id}: {trouble}"


def _asks_the_chosen_source(panel: Panel) -> Iterator[str]:
    asked = [panel.datasource, *(target.datasource for target in panel.targets)]
    if any(source.get("uid") != "${datasource}" for source in asked):
        yield "asks a data source of its own"


def _rates_over_the_rate_interval(panel: Panel) -> Iterator[str]:
    for target in panel.targets:
        if _TYPED_WINDOW.search(target.expr):
            yield f"query {target.ref_id}: rate() wants $__rate_interval"


def _counters_are_rated(panel: Panel) -> Iterator[str]:
    """Report a counter that is shown without rate(), which only climbs."""
    for target in panel.targets:
        for name in sorted(_drawn_bare(target.expr)):
            yield f"query {target.ref_id}: {name} is a counter without rate()"


def _drawn_bare(expr: str) -> set[str]:
    try:
        nodes = list(walk(parse(expr)))
    except QueryUnreadable:
        return set()
    ranged = {n.vector_selector.name for n in nodes if isinstance(n, MatrixSelector)}
    plain = [n for n in nodes if isinstance(n, VectorSelector)]
    # A difference to an earlier value is as good as a rate.
    compared = {n.name for n in plain if n.offset}
    bare = {n.name or "" for n in plain} - ranged - compared
    return {
        name
        for name in bare - GAUGES_NAMED_LIKE_COUNTERS.keys()
        if name.endswith(("_total", "_count", "_bucket", "_sum"))
    }


def _hides_no_silence(panel: Panel) -> Iterator[str]:
    for target in panel.targets:
        if _BARE_ZERO.search(target.expr):
            yield f"query {target.ref_id}: or vector(0) reads a lost signal as good"


def _links_a_runbook(panel: Panel) -> Iterator[str]:
    if not any(_RUNBOOK.fullmatch(link.url) for link in panel.links):
        yield "links to no runbook"


BOARD_RULES: Final[Mapping[str, BoardRule]] = {
    "datasource": _has_datasource_variable,
    "ids": _has_unique_ids,
    "titles": _has_unique_titles,
    "overlap": _stays_apart,
    "grid": _stays_in_the_grid,
    "all": _offers_all,
    "rows": _begins_with_a_row,
}
PANEL_RULES: Final[Mapping[str, PanelRule]] = {
    "description": _is_described,
    "unit": _has_known_unit,
    "query": _asks_something,
    "promql": _asks_readably,
    "source": _asks_the_chosen_source,
    "rate": _rates_over_the_rate_interval,
    "counter": _counters_are_rated,
    "zero": _hides_no_silence,
    "runbook": _links_a_runbook,
}
