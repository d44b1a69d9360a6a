"""`python -m bench run endurance`: memory under ten minutes of load."""

from typing import Any

from bench.cores import REST, standing_on
from bench.endurance.busy import MIX, Watched, watch_memory
from bench.endurance.growth import Growth, find_growth
from bench.endurance.programs import start_programs
from bench.judging import judge, timestamp
from bench.machine import describe
from bench.run_options import RunOptions
from bench.services import serve
from exchange.outcomes import Measurement, Outcome
from targets.verdict import worst

SUITE = "endurance"
SECONDS, QUICK_SECONDS = 600.0, 15.0
_MEMORY = "speed.api-memory"
_API_GROWTH, _WORKER_GROWTH = "speed.api-memory-growth", "speed.worker-memory-growth"


def run(options: RunOptions) -> Outcome:
    """Load one instance and judge its memory; raises RunAborted, ServiceMissing."""
    began = timestamp()
    seconds = QUICK_SECONDS if options.quick else SECONDS
    with standing_on(REST), serve(options.folder) as services:
        options.watch("migrating and starting the programs")
        with start_programs(services, options.folder) as programs:
            watched = watch_memory(programs, options, seconds)
    api, worker = find_growth(watched.api), find_growth(watched.worker)
    measurements = judge_memory(
        api, worker, samples=len(watched.api), whole=not options.quick
    )
    return Outcome(
        kind="bench",
        name=SUITE,
        title="One instance and one worker under lasting load",
        started=began,
        ended=timestamp(),
        verdict=worst(one.verdict for one in measurements),
        measurements=measurements,
        facts={
            "machine": describe(),
            "seed": options.seed,
            "seconds": seconds,
            "tables": [draw_table(api, worker, watched)],
            "plots": [draw_plot(watched)],
        },
    )


def judge_memory(
    api: Growth, worker: Growth, *, samples: int, whole: bool
) -> list[Measurement]:
    """Judge three goals; a shortened run shows its values without a verdict."""
    values = {
        _MEMORY: (api.most_bytes, api),
        _API_GROWTH: (api.share, api),
        _WORKER_GROWTH: (worker.share, worker),
    }
    cut = "" if whole else "a quick run is too short: "
    return [
        judge(
            target,
            value if whole else None,
            suite=SUITE,
            detail=cut + describe_growth(growth),
            samples=samples,
        )
        for target, (value, growth) in values.items()
    ]


def describe_growth(growth: Growth) -> str:
    return (
        f"{growth.early_bytes / 2**20:.1f} MiB after warming up,"
        f" {growth.late_bytes / 2**20:.1f} MiB at the end"
    )


def draw_table(api: Growth, worker: Growth, watched: Watched) -> dict[str, Any]:
    return {
        "title": "Resident memory under lasting load",
        "columns": ["process", "warm MiB", "end MiB", "most MiB", "growth"],
        "rows": [
            [
                name,
                f"{one.early_bytes / 2**20:.1f}",
                f"{one.late_bytes / 2**20:.1f}",
                f"{one.most_bytes / 2**20:.1f}",
                f"{one.share:.1%}",
            ]
            for name, one in (("API", api), ("worker", worker))
        ],
        "note": (
            f"{watched.requests} requests in {len(watched.api)} s,"
            f" {watched.refused} refused: "
            + ", ".join(f"{part} % {name}" for name, part in MIX.items())
            + ". Warm is the median of the second tenth of the run, end of the last."
        ),
    }


def draw_plot(watched: Watched) -> dict[str, Any]:
    lines = {"API": watched.api, "worker": watched.worker}
    return {
        "title": "Resident memory under lasting load",
        "x": "seconds",
        "y": "MiB",
        "log": False,
        "lines": [
            {
                "name": name,
                "points": [[at, value / 2**20] for at, value in enumerate(values)],
            }
            for name, values in lines.items()
        ],
    }
