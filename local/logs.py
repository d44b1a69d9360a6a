"""The programs' logs: last lines for error messages, formatted lines for people."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from local.places import Places

TAIL_LINES = 25
TAIL_BYTES = 64 * 1024
SHOWN_FIRST = ("at", "level", "event")


class LogMissing(Exception):
    """No program of this name has written a log."""

    def __init__(self, name: str, known: list[str]) -> None:
        listed = ", ".join(known) or "none, for the platform is down"
        super().__init__(f"{name!r} has no log; there are {listed}")


def last_lines(places: Places, name: str, count: int = TAIL_LINES) -> str:
    """Return the end of a program's log; empty if it wrote none."""
    return "\n".join(tail(places.logs / f"{name}.log", count))


def tail(file: Path, count: int) -> list[str]:
    """Return the last lines of a file without reading all of it."""
    if not file.exists():
        return []
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - TAIL_BYTES))
        return stream.read().decode(errors="replace").splitlines()[-count:]


def logged_programs(places: Places) -> list[str]:
    """Return the name of every program or step with a log."""
    return sorted(file.stem for file in places.logs.glob("*.log"))


def readable(line: str) -> str:
    """Return a JSON log line as `at level event key=value …`; others unchanged."""
    if not line.startswith("{"):
        return line
    try:
        fields = msgspec.json.decode(line, type=dict[str, object])
    except msgspec.DecodeError:
        return line
    first = [str(fields.pop(name)) for name in SHOWN_FIRST if name in fields]
    rest = [f"{name}={value}" for name, value in fields.items()]
    return " ".join([*first, *rest])


class Follower:
    """Reads lines appended to a file, also after the supervisor rotated it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.position = file.stat().st_size if file.exists() else 0
        self.unfinished = ""

    def new_lines(self) -> Iterator[str]:
        """Yield the complete lines written since the last call."""
        if not self.file.exists():
            return
        if self.file.stat().st_size < self.position:
            self.position = 0
        with self.file.open("rb") as stream:
            stream.seek(self.position)
            text = self.unfinished + stream.read().decode(errors="replace")
            self.position = stream.tell()
        *lines, self.unfinished = text.split("\n")
        yield from lines
