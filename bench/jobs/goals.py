"""Measurements of the jobs' goals from the turns and the durable rounds."""

from collections.abc import Sequence
from statistics import median, quantiles

from msgspec import Struct

import targets
from bench.jobs.durable import WORKER, Durable
from bench.jobs.queues import CELERY, DRAMATIQ, OURS
from bench.jobs.turns import Turn
from bench.judging import doubt_noise, judge
from exchange.outcomes import Measurement

SUITE = "jobs"
_RATIOS = {
    "speed.jobs-over-dramatiq": DRAMATIQ,
    "speed.jobs-over-celery": CELERY,
}


class Ratio(Struct, frozen=True):
    """Our work divided by a peer's: medians over rounds, and quartiles.

    The smaller of the two counts, for the reason given in `bench.api.summary`.
    """

    by_rate: float
    by_processor: float
    low: float
    high: float
    foreign_share: float

    @property
    def times(self) -> float:
        """Return the ratio that counts."""
        return min(self.by_rate, self.by_processor)


def find_ratios(turns: Sequence[Turn]) -> dict[str, Ratio]:
    """Return the ratio of each goal, from pairs of the same round."""
    ours = select(turns, OURS)
    return {
        target: compare(ours, select(turns, peer)) for target, peer in _RATIOS.items()
    }


def select(turns: Sequence[Turn], queue: str) -> list[Turn]:
    """Return the turns of one queue, by round."""
    return sorted(
        (turn for turn in turns if turn.queue == queue), key=lambda turn: turn.round
    )


def compare(ours: Sequence[Turn], theirs: Sequence[Turn]) -> Ratio:
    """Compare the turns of each round."""
    pairs = list(zip(ours, theirs, strict=True))
    rates = [mine.per_second / other.per_second for mine, other in pairs]
    costs = [other.cpu_microseconds / mine.cpu_microseconds for mine, other in pairs]
    counted = rates if median(rates) <= median(costs) else costs
    low, _, high = (
        quantiles(counted, n=4, method="inclusive") if len(counted) > 1 else counted * 3
    )
    return Ratio(
        by_rate=median(rates),
        by_processor=median(costs),
        low=low,
        high=high,
        foreign_share=median(turn.foreign_share for turn in (*ours, *theirs)),
    )


def judge_ratios(ratios: dict[str, Ratio], *, rounds: int) -> list[Measurement]:
    """Return one measurement per ratio; `rounds` is the number of samples."""
    return [
        judge(
            target,
            one.times,
            suite=SUITE,
            detail=(
                f"{one.by_rate:.2f}× by jobs a second,"
                f" {one.by_processor:.2f}× by processor time;"
                f" quartiles {one.low:.2f} to {one.high:.2f}"
            ),
            samples=rounds,
            doubts=doubt_noise(one.foreign_share),
        )
        for target, one in ratios.items()
    ]


def judge_starts(turns: Sequence[Turn]) -> list[Measurement]:
    """Judge the start delay of a job, in a busy queue and in an idle one."""
    ours = select(turns, OURS)
    foreign = median(turn.foreign_share for turn in ours)
    return [
        judge_limit(
            "speed.job-start-warm",
            [turn.warm_p95 for turn in ours],
            samples=sum(len(turn.warm) for turn in ours),
            foreign=foreign,
        ),
        judge_limit(
            "speed.job-start-cold",
            [turn.cold_p95 for turn in ours],
            samples=sum(len(turn.cold) for turn in ours),
            foreign=foreign,
        ),
    ]


def judge_durable(rounds: Sequence[Durable]) -> list[Measurement]:
    """Judge the start delay of a committed job, and the cost of an idle worker."""
    foreign = median(one.foreign_share for one in rounds)
    return [
        judge_limit(
            "speed.job-durable",
            [one.warm_p95 for one in rounds],
            samples=sum(len(one.warm) for one in rounds),
            foreign=foreign,
        ),
        judge_limit(
            "speed.job-idle",
            [one.rest_share[WORKER] for one in rounds],
            samples=len(rounds),
            foreign=foreign,
        ),
    ]


def judge_import(seconds: Sequence[float], before: Durable) -> Measurement:
    """Judge the processor time of importing a worker.

    `before` is the round that ended just before; its noise applies here too.
    """
    return judge_limit(
        "speed.import-worker",
        seconds,
        samples=len(seconds),
        foreign=before.foreign_share,
    )


def judge_limit(
    target: str, by_round: Sequence[float], *, samples: int, foreign: float
) -> Measurement:
    """Judge the median of the rounds by a limit.

    Other programs can only make it worse: under noise a met limit is valid, a missed
    one is not.
    """
    value = median(by_round)
    broken = value > targets.load().find(target).value
    return judge(
        target,
        value,
        suite=SUITE,
        detail=f"median of rounds from {min(by_round):.4g} to {max(by_round):.4g}",
        samples=samples,
        doubts=doubt_noise(foreign) if broken else [],
    )
