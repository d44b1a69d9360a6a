"""The list queries at every size, and the index that must answer each."""

from datetime import datetime, timedelta

from msgspec import Struct

from bench.size import population

VARIANTS = 20
"""Pages requested in turn per question, so that no single one is always warm."""
_WINDOW = timedelta(days=90)
_LIST_WINDOW = timedelta(days=30)
_AHEAD = timedelta(hours=24)
"""The list's window without `from` and `to`: back from now, and ahead of it."""
_STEP = timedelta(minutes=7)
_PAGE = "50"


class Question(Struct, frozen=True, kw_only=True):
    """A page of the list.

    `depth` is the position of its cursor as a share of the window; None: no cursor.
    `index` is the required index, None where two filters are combined and no index
    covers both: such a cost is shown, not judged.
    `partitions` is the number of months that the page may read; None: every month of
    the list's window, because a filter's rows are merged from all of them.
    """

    name: str
    query: dict[str, str] = {}
    depth: float | None = None
    index: str | None = "events_pkey"
    partitions: int | None = 2


QUESTIONS = (
    Question(name="first page"),
    Question(name="first page, oldest first", query={"sort": "occurred_at"}),
    Question(name="cursor at 10 %", depth=0.1),
    Question(name="cursor at 50 %", depth=0.5),
    Question(name="cursor at 90 %", depth=0.9),
    Question(
        name="frequent type",
        query={"type": population.FREQUENT_TYPE},
        index="events_by_type",
        partitions=None,
    ),
    Question(
        name="rare type",
        query={"type": population.RARE_TYPE},
        index="events_by_type",
        partitions=None,
    ),
    Question(
        name="frequent tool",
        query={"tool": population.FREQUENT_TOOL},
        index="events_by_tool",
        partitions=None,
    ),
    Question(
        name="rare tool",
        query={"tool": population.RARE_TOOL},
        index="events_by_tool",
        partitions=None,
    ),
    Question(
        name="frequent actor",
        query={"actor": population.FREQUENT_ACTOR},
        index="events_by_actor",
        partitions=None,
    ),
    Question(
        name="rare actor",
        query={"actor": population.RARE_ACTOR},
        index="events_by_actor",
        partitions=None,
    ),
    Question(
        name="unknown actor",
        query={"actor": "nobody"},
        index="events_by_actor",
        partitions=None,
    ),
    Question(
        name="frequent type, rare actor",
        query={"type": population.FREQUENT_TYPE, "actor": population.RARE_ACTOR},
        index=None,
    ),
    Question(
        name="frequent type and tool",
        query={"type": population.FREQUENT_TYPE, "tool": population.FREQUENT_TOOL},
        index=None,
    ),
    Question(
        name="frequent type, unknown tool",
        query={"type": population.FREQUENT_TYPE, "tool": "nothing"},
        index=None,
    ),
    Question(
        name="frequent type and tool that never meet",
        query={"type": population.APART_TYPE, "tool": population.APART_TOOL},
        index=None,
    ),
)


def months_of_window(until: datetime) -> int:
    """Return how many months a list without `from` and `to` reaches into at `until`."""
    first, last = until - _LIST_WINDOW, until + _AHEAD
    return (last.year - first.year) * 12 + last.month - first.month + 1


def pages_of(question: Question, until: datetime) -> list[dict[str, str]]:
    """Return the query strings of the question's pages.

    With a depth, the requested page is the one behind the cursor of these.
    """
    base = {"limit": _PAGE} | question.query
    if question.depth is None:
        return [base]
    since = (until - _WINDOW).isoformat()
    tops = [
        until - _WINDOW * question.depth - _STEP * number for number in range(VARIANTS)
    ]
    return [base | {"from": since, "to": top.isoformat()} for top in tops]
