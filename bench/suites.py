"""Every suite, in the order in which all of them run."""

from collections.abc import Callable

import targets
from bench.api import suite as api
from bench.endurance import suite as endurance
from bench.jobs import suite as jobs
from bench.judging import timestamp
from bench.run_options import RunOptions
from bench.size import suite as size
from exchange.outcomes import Measurement, Outcome
from targets.verdict import Verdict

Run = Callable[[RunOptions], Outcome]

SUITES: dict[str, Run] = {
    "api": api.run,
    "jobs": jobs.run,
    "size": size.run,
    "endurance": endurance.run,
}


def give_up(suite: str, why: str, *, began: str) -> Outcome:
    """Return the outcome of an invalid run: all of its targets are invalid."""
    source = f"bench:{suite}"
    promised = targets.load().all().items()
    return Outcome(
        kind="bench",
        name=suite,
        title=f"The suite {suite}, given up",
        started=began,
        ended=timestamp(),
        verdict=Verdict.INVALID,
        invalid_because=[why],
        measurements=[
            Measurement(full_id, None, target.unit, Verdict.INVALID, why, source=source)
            for full_id, target in promised
            if source in target.proof
        ],
    )
