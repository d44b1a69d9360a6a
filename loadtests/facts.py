"""Facts of the outcome: the figures of each phase, the machine, the versions."""

import os
import platform
from importlib import metadata
from typing import Any

import psutil

from exchange.outcomes import Point
from loadtests.addresses import Addresses
from loadtests.histogram import Durations
from loadtests.phase import Phase
from loadtests.validity import cpu_share


def describe_machine(addresses: Addresses) -> dict[str, Any]:
    """Return the machine, and whether generator and servers shared it."""
    return {
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "shared_with_servers": addresses.is_local,
    }


def list_versions() -> dict[str, str]:
    packages = ("locust", "gevent", "geventhttpclient", "hdrhistogram")
    return {"python": platform.python_version()} | {
        package: metadata.version(package) for package in packages
    }


def describe_phase(phase: Phase) -> dict[str, Any]:
    """Return offered and sent rates, lag, the generator's own use, and every route."""
    plan, stats = phase.plan, phase.stats
    return {
        "title": phase.title,
        "model": plan.model,
        "rate_scheduled": plan.rate_per_second or None,
        "users": plan.users or None,
        "rate_sent": stats.sent / plan.measured_seconds if plan.measured_seconds else 0,
        "warm_up_seconds": plan.warm_up_seconds,
        "measured_seconds": plan.measured_seconds,
        "mix": plan.mix,
        "scheduled": stats.scheduled,
        "sent": stats.sent,
        "failed": stats.failures,
        "dropped": stats.dropped,
        "lag_seconds": percentiles(stats.lag),
        "generator_cpu_share": round(cpu_share(stats), 3),
        "generator_goes_first": stats.realtime,
        "generator_processes": plan.processes,
        "machine_busy_share": phase.use and phase.use.share,
        "instance_cores": phase.instance_cores,
        "invalid_because": phase.flaws,
        "failure_reasons": dict(stats.reasons),
        "routes": {
            name: {
                "answers": route.answers,
                "failures": route.failures,
                "intended_seconds": percentiles(route.intended),
                "service_seconds": percentiles(route.service),
            }
            for name, route in sorted(stats.routes.items())
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
        for second, one in sorted(phase.stats.seconds.items())
    ]
