"""`python -m bench`: our event list and ingestion beside the bare ceiling."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import cyclopts
import httpx
import msgspec
from cyclopts import App
from rich.console import Console

from bench.exchange import RunAborted
from bench.report import describe, show, summarise
from bench.rounds import Shape, Turn, compare_bodies, run_rounds
from bench.services import ServiceMissing, serve
from bench.subjects import Subject, stand_up

USAGE_OR_CRASH = 2
INTERRUPTED = 130
CEILING = "bare"

app = App(
    name="python -m bench",
    help="Side by side on this machine, in one interleaved closed run.",
)


@app.default
def compare(
    *,
    rounds: int = 5,
    seconds: float = 3.0,
    connections: int = 16,
    out: Path | None = None,
) -> int:
    """Start both programs on a throw-away Postgres and Redis, and compare them.

    Parameters
    ----------
    rounds
        How often every program does every case.
    seconds
        How long each of these turns is.
    connections
        Requests in flight; each connection waits for its answer.
    out
        Where the JSON goes; by default results/bench.json in the state folder.
    """
    console = Console()
    shape = Shape(rounds, seconds, connections)
    with (
        tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder,
        console.status("starting Postgres and Redis") as status,
        serve(Path(folder)) as services,
    ):
        status.update("migrating and starting the programs")
        with stand_up(services, Path(folder)) as subjects:
            turns = asyncio.run(
                measure(subjects, shape, services.database_pid, status.update)
            )
    rows = summarise(turns, ceiling=CEILING)
    show(console, rows)
    file = out or state_folder() / "results" / "bench.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    told = msgspec.json.encode(describe(turns, rows, shape))
    file.write_bytes(msgspec.json.format(told, indent=1))
    console.print(f"written to {file}", markup=False, soft_wrap=True)
    return 0


async def measure(
    subjects: list[Subject], shape: Shape, database: int, watch: Callable[[str], None]
) -> list[Turn]:
    await compare_bodies(subjects)
    return await run_rounds(subjects, shape, database=database, watch=watch)


def state_folder() -> Path:
    """HOLDFAST_STATE, or `.holdfast` in the checkout."""
    given = os.environ.get("HOLDFAST_STATE")
    return Path(given) if given else Path(__file__).parents[1] / ".holdfast"


def main() -> int:
    """Run the command; a sentence instead of a trace for what can be expected."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.default_int_handler)
    try:
        return int(app(exit_on_error=False, result_action="return_value") or 0)
    except cyclopts.CycloptsError:
        return USAGE_OR_CRASH
    except KeyboardInterrupt:
        return INTERRUPTED
    except (RunAborted, ServiceMissing, httpx.HTTPError, OSError) as trouble:
        Console(stderr=True).print(f"bench: {trouble}", markup=False)
        return USAGE_OR_CRASH


if __name__ == "__main__":
    sys.exit(main())
