"""The names and ports under which the programs that watch find each other."""

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
"""Where each is asked; the collector takes spans there by OTLP over HTTP."""
COLLECTOR_FIGURES: Final = 8888
COLLECTOR_HEALTH: Final = 13133
TEMPO_INTAKE: Final = 4317
"""OTLP over gRPC, from the collector only."""


def address(name: str, port: int | None = None) -> str:
    """`host:port` of one of them, for the others in its namespace."""
    return f"{name}:{port or PORTS[name]}"
