"""Replace the variables of a query, as Grafana does before it sends one."""

import re
from typing import Final

from msgspec import Struct

from dashboards.reading import Board

_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")


class VariableUnknown(Exception):
    """A query uses a variable that its board does not have."""


class Pace(Struct, frozen=True):
    """The range, step and rate window of a board, in seconds."""

    range_seconds: int
    step_seconds: int
    rate_seconds: int
    """At least four scrapes, as in Grafana."""


def expand(expr: str, board: Board, pace: Pace) -> str:
    """Return the query as Prometheus gets it when every variable is "all".

    Raises VariableUnknown.
    """
    known = {
        "__rate_interval": f"{pace.rate_seconds}s",
        "__interval": f"{pace.step_seconds}s",
        "__range": f"{pace.range_seconds}s",
        **{v.name: v.all_value for v in board.templating.list if v.include_all},
    }

    def replace(found: re.Match[str]) -> str:
        if found[1] not in known:
            raise VariableUnknown(f"${found[1]} in {expr}")
        return known[found[1]]

    return _VARIABLE.sub(replace, expr)
