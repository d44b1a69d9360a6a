"""What stands beside the verdicts: numbers of a phase, the machine, the versions."""

import os
import platform
from importlib import metadata
from typing import Any

import psutil

from exchange.outcomes import Point
from loadtests.histogram import Durations
from loadtests.phase import Phase
from loadtests.validity import cpu_share
from loadtests.whereabouts import Whereabouts


def describe_machine(where: Whereabouts) -> dict[str, Any]:
    """Where the run took place, and whether load and servers shared it."""
    return {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "shared_with_servers": where.is_local,
    }


def list_versions() -> dict[str, str]:
    packages = ("locust", "gevent", "geventhttpclient", "hdrhistogram")
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in packages
    }


def describe_phase(phase: Phase) -> dict[str, Any]:
    """Rates asked and kept, lag, the generator's own use, every route."""
    plan, tally = phase.plan, phase.tally
    return {
        "title": phase.title,
        "model": plan.model,
        "rate_scheduled": plan.rate_per_second or None,
        "users": plan.users or None,
        "rate_sent": tally.sent / plan.measured_seconds if plan.measured_seconds else 0,
        "warm_up_seconds": plan.warm_up_seconds,
        "measured_seconds": plan.measured_seconds,
        "mix": plan.mix,
        "scheduled": tally.scheduled,
        "sent": tally.sent,
        "failed": tally.failures,
        "dropped": tally.dropped,
        "lag_seconds": percentiles(tally.lag),
        "generator_cpu_share": round(cpu_share(tally), 3),
        "generator_goes_first": tally.goes_first,
        "generator_processes": plan.processes,
        "machine_busy_share": phase.use and phase.use.share,
        "instance_cores": phase.instance_cores,
        "invalid_because": phase.flaws,
        "failure_reasons": dict(tally.reasons),
        "routes": {
            name: {
                "answers": route.answers,
                "failures": route.failures,
                "intended_seconds": percentiles(route.intended),
                "service_seconds": percentiles(route.service),
            }
            for name, route in sorted(tally.routes.items())
        },
    }


def percentiles(durations: Durations) -> dict[str, float | None]:
    return {f"p{share:g}": durations.percentile(share) for share in (50, 95, 99, 100)}


def plot(phase: Phase) -> list[Point]:
    """One point a second of intended starts, measured window only."""
    return [
        Point(
            at=float(second),
            ok=one.ok,
            failed=one.failed,
            p50=one.intended.percentile(50),
            p95=one.intended.percentile(95),
        )
        for second, one in sorted(phase.tally.seconds.items())
    ]
