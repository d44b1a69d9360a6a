"""Create the observability that a stack's settings ask for."""

from dataclasses import fields
from typing import Final

import pulumi

import targets
from infra.disks import Disk
from infra.observability.network_policies import ObservabilityNetworkArgs
from infra.observability.observability import (
    Images,
    LogStorageArgs,
    MetricsArgs,
    Observability,
    ObservabilityArgs,
)
from infra.observability.scraping import Scraping
from infra.pins import Pins
from infra.stack import StackSettings
from infra.third_party_pod import Binary

QUERYING: Final = ("argo-rollouts", "keda")
"""Operators that query Prometheus."""
ALERTMANAGER_STORAGE: Final = "1Gi"


def create_observability(
    settings: StackSettings,
    promised: targets.Targets,
    pins: Pins,
    opts: pulumi.ResourceOptions,
) -> None:
    """Create the parts that are on; without any, not even the namespace."""
    on = settings.observability
    if not (on.metrics or on.dashboards or on.traces or on.logs):
        return
    Observability(
        "observability",
        ObservabilityArgs(
            namespace=settings.observability_namespace,
            scraping=scraping_of(settings),
            network=network_of(settings, pins),
            images=images_of(pins),
            source=settings.secrets,
            alertmanager_disk=_disk(settings, ALERTMANAGER_STORAGE),
            metrics=metrics_of(settings, promised) if on.metrics else None,
            dashboards=on.dashboards,
            traces=_disk(settings, on.traces_storage) if on.traces else None,
            logs=logs_of(settings, promised) if on.logs else None,
        ),
        opts,
    )


def scraping_of(settings: StackSettings) -> Scraping:
    """Return the namespaces of all scrape targets."""
    return Scraping(
        environment=settings.environment,
        namespace=settings.namespace,
        data_namespace=settings.data_namespace,
        observability_namespace=settings.observability_namespace,
        cluster=settings.database.cluster,
    )


def network_of(settings: StackSettings, pins: Pins) -> ObservabilityNetworkArgs:
    """Return the neighbours of the observability namespace."""
    return ObservabilityNetworkArgs(
        app_namespace=settings.namespace,
        data_namespace=settings.data_namespace,
        agents_namespace=f"{settings.observability_namespace}-agents",
        querying_namespaces=[pins.manifest(name).namespace for name in QUERYING],
        api_server_cidr=settings.api_server_cidr,
    )


def metrics_of(settings: StackSettings, promised: targets.Targets) -> MetricsArgs:
    """Metrics are retained for the window of the error budgets."""
    return MetricsArgs(
        retention=promised.budget.window.text,
        disk=_disk(settings, settings.observability.metrics_storage),
        memory=settings.observability.metrics_memory,
        alert_webhook=settings.observability.alert_webhook_enabled,
    )


def logs_of(settings: StackSettings, promised: targets.Targets) -> LogStorageArgs:
    """Logs are retained for `limit.log-retention`."""
    return LogStorageArgs(
        disk=_disk(settings, settings.observability.logs_storage),
        retention_seconds=promised.limit["log-retention"].value,
    )


def images_of(pins: Pins) -> Images:
    """Return all images; raises `InvalidSetting` for one that is not pinned.

    An underscore in the name of a field is a hyphen in `pins.toml`.
    """
    names = (field.name for field in fields(Images))
    return Images(**{name: _binary(pins, name.replace("_", "-")) for name in names})


def _binary(pins: Pins, name: str) -> Binary:
    image, command = pins.image(name), pins.images[name].command
    return Binary(image=image, command=(command,) if command else ())


def _disk(settings: StackSettings, size: str) -> Disk:
    return Disk(size, settings.storage_class)
