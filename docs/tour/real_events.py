"""Turn this machine's own history into batches of events for the API.

Sources: the commits of this repository and Debian's package log. Each file is the
body of one `POST /api/v1/events/batch`. An entry older than the API's retention is
moved forward by whole days, and `properties.recorded_at` keeps the true time.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import targets

BATCH = 1000
PACKAGE_LOG = Path("/var/log/dpkg.log")
Event = dict[str, Any]


def commits() -> Iterator[Event]:
    """Every commit of the repository, oldest first."""
    log = subprocess.run(
        ["git", "log", "--reverse", "--format=%H%x09%aI%x09%an%x09%s"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for line in log.splitlines():
        commit, at, author, subject = line.split("\t", 3)
        yield {
            "client_id": f"commit-{commit}",
            "type": "commit.authored",
            "occurred_at": datetime.fromisoformat(at),
            "tool": "git",
            "actor": author,
            "properties": {"subject": subject},
        }


def package_changes(log: Path) -> Iterator[Event]:
    """Every line of the package manager's log, in its order."""
    if not log.exists():
        return
    for number, line in enumerate(log.read_text(errors="replace").splitlines()):
        day, clock, action, *rest = line.split()
        yield {
            "client_id": f"dpkg-{number}-{day}-{clock}",
            "type": f"package.{action}",
            "occurred_at": datetime.fromisoformat(f"{day}T{clock}").astimezone(),
            "tool": "dpkg",
            "actor": "root",
            "properties": {"detail": " ".join(rest)},
        }


def within(event: Event, *, window: timedelta, now: datetime) -> Event:
    """Return the event as the API takes it: at most `window` old, time as text."""
    recorded: datetime = event["occurred_at"].astimezone(UTC)
    late_days = max(0, (now - window - recorded).days + 1)
    moved = recorded + timedelta(days=late_days)
    properties = {**event["properties"], "recorded_at": recorded.isoformat()}
    return {**event, "occurred_at": moved.isoformat(), "properties": properties}


def main() -> None:
    """Write `batch-001.json`, `batch-002.json` … into the folder that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the batches are written")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    retention = targets.load().limit["event-retention"].value
    now = datetime.now(UTC)
    window = timedelta(seconds=retention) - timedelta(days=1)
    history = [*commits(), *package_changes(PACKAGE_LOG)]
    events = [within(event, window=window, now=now) for event in history]
    for number, start in enumerate(range(0, len(events), BATCH), start=1):
        body = json.dumps({"events": events[start : start + BATCH]})
        (folder / f"batch-{number:03}.json").write_text(body)
    sys.stdout.write(f"{len(events)} events in {folder}\n")


if __name__ == "__main__":
    main()
