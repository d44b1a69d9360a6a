"""What a stack's settings ask of those who watch."""

from typing import Final

import pulumi

import targets
from infra.appliance_workload import Disk
from infra.observability.images import images_of
from infra.observability.observability import (
    LinesArgs,
    MetricsArgs,
    Observability,
    ObservabilityArgs,
)
from infra.observability.paths import WatchingPaths
from infra.observability.scraping import Scraping
from infra.pins import Pins
from infra.stack import StackSettings

ASKING: Final = ("argo-rollouts", "keda")
"""Operators that decide by what Prometheus answers."""
SMALL: Final = "1Gi"


def watch(
    settings: StackSettings,
    promised: targets.Targets,
    pins: Pins,
    opts: pulumi.ResourceOptions,
) -> None:
    """Make what the stack wants of it; nothing at all where everything is off."""
    if not (settings.metrics or settings.boards or settings.traces or settings.logs):
        return
    Observability(
        "observability",
        ObservabilityArgs(
            namespace=settings.observability_namespace,
            scraping=scraping_of(settings),
            paths=paths_of(settings, pins),
            images=images_of(pins),
            source=settings.source,
            small_disk=_disk(settings, SMALL),
            metrics=metrics_of(settings, promised) if settings.metrics else None,
            boards=settings.boards,
            spans=_disk(settings, settings.traces_storage) if settings.traces else None,
            lines=lines_of(settings, promised) if settings.logs else None,
        ),
        opts,
    )


def scraping_of(settings: StackSettings) -> Scraping:
    """Where everything that is scraped lives."""
    return Scraping(
        environment=settings.environment,
        namespace=settings.namespace,
        data_namespace=settings.data_namespace,
        observability_namespace=settings.observability_namespace,
        cluster=settings.database_cluster,
    )


def paths_of(settings: StackSettings, pins: Pins) -> WatchingPaths:
    """Whom they reach, and who asks them."""
    return WatchingPaths(
        app_namespace=settings.namespace,
        data_namespace=settings.data_namespace,
        agents_namespace=f"{settings.observability_namespace}-agents",
        asking_namespaces=[pins.manifest(name).namespace for name in ASKING],
        api_server_cidr=settings.api_server_cidr,
    )


def metrics_of(settings: StackSettings, promised: targets.Targets) -> MetricsArgs:
    """Figures are kept as long as budgets are counted over."""
    return MetricsArgs(
        retention=promised.budget.window.text,
        disk=_disk(settings, settings.metrics_storage),
        memory=settings.metrics_memory,
        told=settings.alerts_told,
    )


def lines_of(settings: StackSettings, promised: targets.Targets) -> LinesArgs:
    """Logs are kept as long as promised."""
    return LinesArgs(
        disk=_disk(settings, settings.logs_storage),
        kept_seconds=promised.limit["log-retention"].value,
    )


def _disk(settings: StackSettings, size: str) -> Disk:
    return Disk(size=size, storage_class=settings.storage_class)
