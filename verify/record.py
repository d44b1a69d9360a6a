"""scorecard.json, and the link `latest` to its folder."""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from targets.calibration import Calibration
from verify.scorecard import Scorecard


class Record(Struct, frozen=True, kw_only=True):
    """The scorecard with the data needed to repeat the run."""

    schema: int = 1
    mode: str
    started: str
    seconds: float
    machine: dict[str, Any]
    calibration: Calibration | None = None
    ratio: float | None = None
    exit_code: int
    scorecard: Scorecard


def write_record(record: Record, folder: Path) -> None:
    """Write scorecard.json."""
    body = msgspec.json.format(msgspec.json.encode(record), indent=1)
    (folder / "scorecard.json").write_bytes(body + b"\n")


def point_latest(folder: Path) -> None:
    """Point the link `latest`, in the parent of the folder, at it atomically."""
    draft = folder.with_name(f".latest-{folder.name}")
    draft.unlink(missing_ok=True)
    draft.symlink_to(folder.name, target_is_directory=True)
    draft.replace(folder.with_name("latest"))
