"""The observability namespace: metrics, alerts, dashboards, traces and logs."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.disks import Disk
from infra.kubernetes_secret import SecretSource
from infra.labels import object_meta
from infra.observability.alertmanager import Alertmanager, AlertmanagerArgs
from infra.observability.database_metrics import recording_rules
from infra.observability.exporters import Exporters, ExportersArgs
from infra.observability.files import rendered_files
from infra.observability.grafana import Grafana, GrafanaArgs
from infra.observability.logs import Logs, LogsArgs
from infra.observability.network_policies import ObservabilityNetworkArgs, policies_of
from infra.observability.prometheus import Prometheus, PrometheusArgs
from infra.observability.scraping import (
    SCRAPE_SECONDS,
    Scraping,
    prometheus_configuration,
)
from infra.observability.traces import Traces, TracesArgs
from infra.restricted_namespace import RESTRICTED
from infra.third_party_pod import Binary


@dataclass(frozen=True, kw_only=True)
class Images:
    """The image and command of each program, named as in `pins.toml`."""

    prometheus: Binary
    alertmanager: Binary
    redis_exporter: Binary
    node_exporter: Binary
    blackbox_exporter: Binary
    grafana: Binary
    otel_collector: Binary
    tempo: Binary
    loki: Binary


@dataclass(frozen=True, kw_only=True)
class MetricsArgs:
    """Storage of metrics, and whether alerts are sent."""

    retention: str
    disk: Disk
    memory: str
    alert_webhook: bool


@dataclass(frozen=True, kw_only=True)
class LogStorageArgs:
    """Storage of logs."""

    disk: Disk
    retention_seconds: float


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """The scrape targets, and the parts that are on; None means off."""

    namespace: str
    scraping: Scraping
    network: ObservabilityNetworkArgs
    images: Images
    source: SecretSource
    alertmanager_disk: Disk
    metrics: MetricsArgs | None
    dashboards: bool
    traces: Disk | None
    logs: LogStorageArgs | None


class Observability(pulumi.ComponentResource):
    """A dependant starts once Prometheus is ready, if metrics are on."""

    def __init__(
        self,
        name: str,
        args: ObservabilityArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Observability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        home = Namespace(
            args.namespace,
            metadata={"name": args.namespace, "labels": RESTRICTED},
            opts=child,
        )
        namespace: pulumi.Output[str] = home.metadata["name"]
        for policy, spec in policies_of(args.network).items():
            NetworkPolicy(
                f"{name}-{policy}",
                metadata=object_meta(policy, namespace),
                spec=spec,
                opts=child,
            )
        if args.metrics is not None:
            self._metrics(args, args.metrics, namespace)
        if args.dashboards:
            self._grafana(args, namespace)
        if args.traces is not None:
            traces = TracesArgs(
                namespace=namespace,
                collector=args.images.otel_collector,
                tempo=args.images.tempo,
                disk=args.traces,
            )
            Traces("traces", traces, child)
        if args.logs is not None:
            self._logs(args, args.logs, namespace)
        self.register_outputs({})

    def _metrics(
        self, args: ObservabilityArgs, metrics: MetricsArgs, home: pulumi.Output[str]
    ) -> None:
        child = pulumi.ResourceOptions(parent=self)
        images = args.images
        Prometheus(
            "prometheus",
            PrometheusArgs(
                namespace=home,
                scraped_namespaces={
                    "programs": args.scraping.namespace,
                    "data": args.scraping.data_namespace,
                    "observability": home,
                },
                binary=images.prometheus,
                configuration=prometheus_configuration(args.scraping),
                rules={
                    **rendered_files("*.rules.yml"),
                    "members.rules.yml": recording_rules(SCRAPE_SECONDS),
                },
                retention=metrics.retention,
                disk=metrics.disk,
                memory=metrics.memory,
            ),
            child,
        )
        Alertmanager(
            "alertmanager",
            AlertmanagerArgs(
                namespace=home,
                binary=images.alertmanager,
                disk=args.alertmanager_disk,
                source=args.source,
                webhook=metrics.alert_webhook,
            ),
            child,
        )
        Exporters(
            "exporters",
            ExportersArgs(
                namespace=home,
                data_namespace=args.scraping.data_namespace,
                redis=images.redis_exporter,
                node=images.node_exporter,
                blackbox=images.blackbox_exporter,
                source=args.source,
            ),
            child,
        )

    def _grafana(self, args: ObservabilityArgs, home: pulumi.Output[str]) -> None:
        grafana = GrafanaArgs(
            namespace=home,
            binary=args.images.grafana,
            source=args.source,
            metrics=args.metrics is not None,
            traces=args.traces is not None,
            logs=args.logs is not None,
        )
        Grafana("grafana", grafana, pulumi.ResourceOptions(parent=self))

    def _logs(
        self, args: ObservabilityArgs, storage: LogStorageArgs, home: pulumi.Output[str]
    ) -> None:
        scraped = args.scraping
        logs = LogsArgs(
            namespace=home,
            observability_namespace=args.namespace,
            agents_namespace=args.network.agents_namespace,
            log_namespaces=(scraped.namespace, scraped.data_namespace, args.namespace),
            collector=args.images.otel_collector,
            loki=args.images.loki,
            disk=storage.disk,
            retention_seconds=storage.retention_seconds,
        )
        Logs("logs", logs, pulumi.ResourceOptions(parent=self))
