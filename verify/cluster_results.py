"""Earlier results from a cluster, shown together with this run."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from exchange.folders import cluster_folder
from exchange.outcomes import Outcome, OutcomeUnreadable, read_outcome, write_outcome
from targets.verdict import Verdict
from verify.figures import write_seconds

FRESH: Final = timedelta(days=1)
"""Results older than this are ignored, because the cluster has changed since."""
_KIND: Final = "cluster"


def results_of_cluster() -> Path:
    """Return the folder of the outcomes of kind `cluster`, one file each."""
    return cluster_folder() / "results"


def gather(folder: Path, now: datetime) -> dict[str, Outcome]:
    """Return recent outcomes by source, with their age; a damaged file is invalid."""
    found = (_read(file, now) for file in sorted(folder.glob("*.json")))
    return {
        outcome.source: _date(outcome, now)
        for outcome in found
        if outcome.kind == _KIND and now - _ended(outcome) <= FRESH
    }


def keep(outcome: Outcome, folder: Path) -> None:
    """Store a cluster outcome for later runs."""
    if outcome.kind == _KIND:
        write_outcome(outcome, folder / f"{_KIND}-{outcome.name}.json")


def _read(file: Path, now: datetime) -> Outcome:
    try:
        return read_outcome(file)
    except OutcomeUnreadable as damage:
        name = file.stem.removeprefix(f"{_KIND}-")
        return Outcome(
            kind="cluster",
            name=name,
            title=name,
            started=now.isoformat(),
            ended=now.isoformat(),
            verdict=Verdict.INVALID,
            invalid_because=[str(damage)],
        )


def _date(outcome: Outcome, now: datetime) -> Outcome:
    ago = write_seconds(max(1.0, round((now - _ended(outcome)).total_seconds())))
    dated = [
        replace(found, detail=f"{found.detail}, {ago} before")
        for found in outcome.measurements
    ]
    return replace(outcome, measurements=dated)


def _ended(outcome: Outcome) -> datetime:
    ended = datetime.fromisoformat(outcome.ended)
    return ended if ended.tzinfo else ended.replace(tzinfo=UTC)
