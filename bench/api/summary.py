"""Medians over the rounds, and ratios as medians of the ratios per round."""

from collections.abc import Callable, Sequence
from statistics import median, quantiles

from msgspec import Struct

from bench.api.cases import CASES
from bench.api.rounds import Turn
from bench.judging import doubt_noise
from bench.subjects import CEILING, PEER

Key = tuple[str, str]
"""A case and a subject."""
_BUSY_SHARE = 0.85


class Row(Struct, frozen=True):
    """One subject in one case. Ratios are over the peer and over the ceiling."""

    case: str
    subject: str
    per_second: float
    cpu_microseconds: float
    database_microseconds: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    subject_share: float
    generator_share: float
    foreign_share: float
    over_peer: float | None
    over_ceiling: float | None


class Compared(Struct, frozen=True):
    """The ratio of two subjects' work, and its quartiles over rounds.

    `by_rate` compares answers per second, `by_processor` answers per second of
    processor time. The smaller of the two counts: where the database or the generator
    limits the faster subject, one of the two ratios is biased.
    """

    by_rate: float
    by_processor: float
    low: float
    high: float
    doubts: list[str]

    @property
    def times(self) -> float:
        """Return the ratio that counts."""
        return min(self.by_rate, self.by_processor)


def summarise(turns: list[Turn]) -> list[Row]:
    """Return one row per case and subject, in the order of the cases."""
    seen = {(turn.case, turn.subject) for turn in turns}
    keys = [
        (case.name, name)
        for case in CASES.values()
        for name in case.subjects
        if (case.name, name) in seen
    ]
    return [summarise_one(turns, key) for key in keys]


def summarise_one(turns: list[Turn], key: Key) -> Row:
    own = select(turns, key)

    def middle(column: str) -> float:
        return float(median(getattr(turn, column) for turn in own))

    def over(other: str) -> float | None:
        base = select(turns, (key[0], other))
        return compare(own, base).by_rate if base and other != key[1] else None

    columns = [name for name in Row.__struct_fields__ if name in Turn.__struct_fields__]
    values = {name: middle(name) for name in columns if name not in ("case", "subject")}
    return Row(
        case=key[0],
        subject=key[1],
        over_peer=over(PEER),
        over_ceiling=over(CEILING),
        **values,
    )


def select(turns: list[Turn], key: Key) -> list[Turn]:
    """Return the turns of one subject in one case, by round."""
    chosen = [turn for turn in turns if (turn.case, turn.subject) == key]
    return sorted(chosen, key=lambda turn: turn.round)


def compare_cases(
    turns: list[Turn], key: Key, other: Key, *, events: float = 1.0
) -> Compared:
    """Compare `key` with `other`; `events` is the number per answer of `key`."""
    return compare(select(turns, key), select(turns, other), events=events)


def compare(
    own: Sequence[Turn], other: Sequence[Turn], *, events: float = 1.0
) -> Compared:
    """Compare the turns of each round."""
    rates = ratios(own, other, lambda turn: turn.per_second, events)
    costs = ratios(own, other, lambda turn: 1 / turn.cpu_microseconds, events)
    counted = rates if median(rates) <= median(costs) else costs
    low, _, high = (
        quantiles(counted, n=4, method="inclusive") if len(counted) > 1 else counted * 3
    )
    foreign = median(turn.foreign_share for turn in (*own, *other))
    return Compared(
        by_rate=median(rates),
        by_processor=median(costs),
        low=low,
        high=high,
        doubts=doubt_noise(foreign) + doubt_generator((*own, *other)),
    )


def ratios(
    own: Sequence[Turn],
    other: Sequence[Turn],
    measure: Callable[[Turn], float],
    events: float,
) -> list[float]:
    return [
        events * measure(mine) / measure(theirs)
        for mine, theirs in zip(own, other, strict=True)
    ]


def doubt_generator(turns: Sequence[Turn]) -> list[str]:
    """Return the doubt about a generator that used its whole core."""
    share = median(turn.generator_share for turn in turns)
    if share <= _BUSY_SHARE:
        return []
    return [f"the generator was saturated: {share:.0%} of a core"]
