"""Outcomes of operations on the cluster, which the scorecard reads."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from exchange.outcomes import Measurement, Outcome, write_outcome
from lab.cluster.places import Places
from targets.verdict import worst

STAMP = "%Y-%m-%dT%H:%M:%SZ"


def now() -> dt.datetime:
    """Return the present time in UTC."""
    return dt.datetime.now(dt.UTC)


def record(  # noqa: PLR0913 - what an outcome consists of
    places: Places,
    name: str,
    title: str,
    started: dt.datetime,
    measurements: Sequence[Measurement],
    *,
    facts: dict[str, Any] | None = None,
) -> Outcome:
    """Write the outcome among the cluster's results; the newest of a name counts."""
    outcome = Outcome(
        kind="cluster",
        name=name,
        title=title,
        started=started.strftime(STAMP),
        ended=now().strftime(STAMP),
        verdict=worst(measurement.verdict for measurement in measurements),
        measurements=list(measurements),
        facts=facts or {},
    )
    write_outcome(outcome, places.results / f"cluster-{name}.json")
    return outcome
