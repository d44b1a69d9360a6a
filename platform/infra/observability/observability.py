"""Those who watch: figures, alerts, boards, traces and logs, in their own namespace."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Namespace
from pulumi_kubernetes.networking.v1 import NetworkPolicy

from infra.appliance_workload import Disk
from infra.guarded_namespace import RESTRICTED
from infra.kept_secret import SecretSource
from infra.labels import named
from infra.observability.alertmanager import Alertmanager, AlertmanagerArgs
from infra.observability.boards import Boards, BoardsArgs
from infra.observability.exporters import Exporters, ExportersArgs
from infra.observability.images import Images
from infra.observability.logs import Logs, LogsArgs
from infra.observability.members import member_rules
from infra.observability.paths import WatchingPaths, policies_of
from infra.observability.prometheus import Prometheus, PrometheusArgs
from infra.observability.rendered import rendered
from infra.observability.scraping import (
    SCRAPE_SECONDS,
    Scraping,
    prometheus_configuration,
)
from infra.observability.traces import Traces, TracesArgs


@dataclass(frozen=True, kw_only=True)
class MetricsArgs:
    """How figures are kept, and who is told."""

    retention: str
    disk: Disk
    memory: str
    told: bool


@dataclass(frozen=True, kw_only=True)
class LinesArgs:
    """Where lines are kept, and how long."""

    disk: Disk
    kept_seconds: float


@dataclass(frozen=True, kw_only=True)
class ObservabilityArgs:
    """What is watched, and which ways of watching are on."""

    namespace: str
    scraping: Scraping
    paths: WatchingPaths
    images: Images
    source: SecretSource
    small_disk: Disk
    metrics: MetricsArgs | None
    boards: bool
    spans: Disk | None
    """Where traces are kept."""
    lines: LinesArgs | None


class Observability(pulumi.ComponentResource):
    """Whoever depends on it finds Prometheus answering, where figures are on."""

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
        for purpose, spec in policies_of(args.paths).items():
            NetworkPolicy(
                f"{name}-{purpose}",
                metadata=named(purpose, namespace),
                spec=spec,
                opts=child,
            )
        if args.metrics is not None:
            self._metrics(args, args.metrics, namespace)
        if args.boards:
            self._boards(args, namespace)
        if args.spans is not None:
            traces = TracesArgs(
                namespace=namespace,
                collector=args.images.otel_collector,
                tempo=args.images.tempo,
                disk=args.spans,
            )
            Traces("traces", traces, child)
        if args.lines is not None:
            self._logs(args, args.lines, namespace)
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
                looks_into={
                    "programs": args.scraping.namespace,
                    "data": args.scraping.data_namespace,
                    "watchers": home,
                },
                binary=images.prometheus,
                configuration=prometheus_configuration(args.scraping),
                rules={
                    **rendered("*.rules.yml"),
                    "members.rules.yml": member_rules(SCRAPE_SECONDS),
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
                disk=args.small_disk,
                source=args.source,
                told=metrics.told,
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

    def _boards(self, args: ObservabilityArgs, home: pulumi.Output[str]) -> None:
        boards = BoardsArgs(
            namespace=home,
            binary=args.images.grafana,
            source=args.source,
            metrics=args.metrics is not None,
            traces=args.spans is not None,
            logs=args.lines is not None,
        )
        Boards("boards", boards, pulumi.ResourceOptions(parent=self))

    def _logs(
        self, args: ObservabilityArgs, lines: LinesArgs, home: pulumi.Output[str]
    ) -> None:
        scraped = args.scraping
        logs = LogsArgs(
            namespace=home,
            watching_namespace=args.namespace,
            agents_namespace=args.paths.agents_namespace,
            read_namespaces=(scraped.namespace, scraped.data_namespace, args.namespace),
            collector=args.images.otel_collector,
            loki=args.images.loki,
            disk=lines.disk,
            kept_seconds=lines.kept_seconds,
        )
        Logs("logs", logs, pulumi.ResourceOptions(parent=self))
