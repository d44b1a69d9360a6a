"""Grafana with the rendered dashboards and a data source for each part that is on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from infra.kubernetes_secret import SecretSource
from infra.observability.files import (
    json_text,
    plain_files,
    rendered_files,
    secret_files,
)
from infra.observability.names import (
    ALERTMANAGER,
    GRAFANA,
    LOKI,
    PORTS,
    PROMETHEUS,
    TEMPO,
    address,
)
from infra.observability.scraping import SCRAPE_SECONDS
from infra.secret_text import SecretText
from infra.third_party_pod import Binary, Mount, ThirdPartyProgram
from infra.third_party_workload import ThirdPartyWorkload, ThirdPartyWorkloadArgs

DASHBOARDS_AT: Final = "/dashboards"
SOURCES_AT: Final = "/provisioning/datasources"
PROVIDERS_AT: Final = "/provisioning/dashboards"
SECRETS_AT: Final = "/admin"
DATA_AT: Final = "/var/lib/grafana"
HOME: Final = "holdfast-slo.json"
EXEMPLAR: Final = {"name": "trace_id", "datasourceUid": TEMPO}
"""Leads from an exemplar of a slow request to its trace."""

ENVIRONMENT: Final = {
    "GF_SECURITY_ADMIN_USER": "admin",
    "GF_SECURITY_ADMIN_PASSWORD__FILE": f"{SECRETS_AT}/password",
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    # Grafana would download them at each start, and egress is denied.
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_LOG_MODE": "console",
    "GF_LOG_LEVEL": "warn",
    "GF_PATHS_PROVISIONING": "/provisioning",
    "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{DASHBOARDS_AT}/{HOME}",
}


@dataclass(frozen=True, kw_only=True)
class GrafanaArgs:
    """The image, and the parts that are on."""

    namespace: pulumi.Input[str]
    binary: Binary
    source: SecretSource
    metrics: bool
    traces: bool
    logs: bool


class Grafana(pulumi.ComponentResource):
    """A single Grafana, provisioned from files; changes made in it end with its pod."""

    def __init__(
        self,
        name: str,
        args: GrafanaArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Grafana", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        home = args.namespace
        password = {"password": SecretText("{grafanaPassword}")}
        dashboards = rendered_files("holdfast-*.json")
        mounts = (
            secret_files(GRAFANA, home, password, args.source, child, at=SECRETS_AT),
            plain_files(
                "grafana-dashboards", home, dashboards, child, at=DASHBOARDS_AT
            ),
            plain_files(
                "grafana-sources",
                home,
                {"sources.yaml": json_text(sources_of(args))},
                child,
                at=SOURCES_AT,
            ),
            plain_files(
                "grafana-providers",
                home,
                {"dashboards.yaml": json_text(PROVIDERS)},
                child,
                at=PROVIDERS_AT,
            ),
        )
        workload = ThirdPartyWorkloadArgs(
            namespace=home, program=program_of(args.binary, mounts)
        )
        ThirdPartyWorkload(GRAFANA, workload, child)
        self.register_outputs({})


def program_of(binary: Binary, mounts: tuple[Mount, ...]) -> ThirdPartyProgram:
    """Return the program."""
    data = Mount(
        name="data",
        at=DATA_AT,
        volume={"name": "data", "empty_dir": {"size_limit": "256Mi"}},
        writable=True,
    )
    return ThirdPartyProgram(
        name=GRAFANA,
        binary=binary,
        ports={"http": PORTS[GRAFANA]},
        health="/api/health",
        cpu="100m",
        memory="256Mi",
        mounts=(data, *mounts),
        environment=[
            {"name": name, "value": value} for name, value in ENVIRONMENT.items()
        ],
        account=GRAFANA,
    )


PROVIDERS: Final = {
    "apiVersion": 1,
    "providers": [
        {
            "name": "holdfast",
            "type": "file",
            "disableDeletion": True,
            "allowUiUpdates": False,
            "options": {"path": DASHBOARDS_AT},
        }
    ],
}
"""Dashboards are changed in the repository, never in the browser."""


def sources_of(args: GrafanaArgs) -> dict[str, Any]:
    """Return a data source for each part that is on; Prometheus comes first."""
    slow = {"exemplarTraceIdDestinations": [EXEMPLAR]} if args.traces else {}
    metrics = {"timeInterval": f"{SCRAPE_SECONDS}s", **slow}
    managed = {"implementation": "prometheus", "handleGrafanaManagedAlerts": False}
    logs = {"tracesToLogsV2": {"datasourceUid": LOKI}} if args.logs else {}
    known: list[tuple[bool, str, str, dict[str, Any]]] = [
        (args.metrics, PROMETHEUS, "prometheus", metrics),
        (args.metrics, ALERTMANAGER, "alertmanager", managed),
        (args.traces, TEMPO, "tempo", logs),
        (args.logs, LOKI, "loki", {}),
    ]
    return {
        "apiVersion": 1,
        "prune": True,
        "datasources": [
            _source(name, kind, more) for on, name, kind, more in known if on
        ],
    }


def _source(name: str, kind: str, more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name.capitalize(),
        "uid": name,
        "type": kind,
        "access": "proxy",
        "url": f"http://{address(name)}",
        "isDefault": name == PROMETHEUS,
        "editable": False,
        "jsonData": dict(more),
    }
