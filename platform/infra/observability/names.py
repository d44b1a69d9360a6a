"""Names and ports of the observability programs."""

from typing import Final

PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"
REDIS_EXPORTER: Final = "redis-exporter"
NODE_EXPORTER: Final = "node-exporter"
BLACKBOX_EXPORTER: Final = "blackbox-exporter"
GRAFANA: Final = "grafana"
COLLECTOR: Final = "otel-collector"
LOG_AGENT: Final = "log-agent"
TEMPO: Final = "tempo"
LOKI: Final = "loki"

PORTS: Final = {
    PROMETHEUS: 9090,
    ALERTMANAGER: 9093,
    REDIS_EXPORTER: 9121,
    NODE_EXPORTER: 9100,
    BLACKBOX_EXPORTER: 9115,
    GRAFANA: 3000,
    COLLECTOR: 4318,
    TEMPO: 3200,
    LOKI: 3100,
}
"""The port of each program's API; the collector's is OTLP over HTTP."""
COLLECTOR_METRICS: Final = 8888
COLLECTOR_HEALTH: Final = 13133
TEMPO_OTLP: Final = 4317
"""OTLP over gRPC; only the collector connects to it."""


def address(name: str, port: int | None = None) -> str:
    """Return `host:port` of a program for others in its namespace."""
    return f"{name}:{port or PORTS[name]}"
