"""Grafana: our boards over the sources that are on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from infra.appliance import Appliance, Binary, Mounted
from infra.appliance_workload import ApplianceWorkload, ApplianceWorkloadArgs
from infra.kept_secret import SecretSource
from infra.observability.files import plain_files, secret_files, written
from infra.observability.naming import (
    ALERTMANAGER,
    GRAFANA,
    LOKI,
    PORTS,
    PROMETHEUS,
    TEMPO,
    address,
)
from infra.observability.rendered import rendered
from infra.observability.scraping import SCRAPE_SECONDS
from infra.secret_text import SecretText

BOARDS_AT: Final = "/boards"
SOURCES_AT: Final = "/provisioning/datasources"
PROVIDERS_AT: Final = "/provisioning/dashboards"
SECRETS_AT: Final = "/admin"
DATA_AT: Final = "/var/lib/grafana"
HOME: Final = "holdfast-slo.json"
EXEMPLAR: Final = {"name": "trace_id", "datasourceUid": TEMPO}
"""From a slow request in a figure to its trace."""

ENVIRONMENT: Final = {
    "GF_SECURITY_ADMIN_USER": "admin",
    "GF_SECURITY_ADMIN_PASSWORD__FILE": f"{SECRETS_AT}/password",
    "GF_AUTH_ANONYMOUS_ENABLED": "false",
    "GF_USERS_ALLOW_SIGN_UP": "false",
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    # It would fetch them at each start, and nothing leaves this namespace.
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_LOG_MODE": "console",
    "GF_LOG_LEVEL": "warn",
    "GF_PATHS_PROVISIONING": "/provisioning",
    "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{BOARDS_AT}/{HOME}",
}


@dataclass(frozen=True, kw_only=True)
class BoardsArgs:
    """What can be looked at."""

    namespace: pulumi.Input[str]
    binary: Binary
    source: SecretSource
    metrics: bool
    traces: bool
    logs: bool


class Boards(pulumi.ComponentResource):
    """One Grafana. All it shows are files; what people save in it ends with its pod."""

    def __init__(
        self,
        name: str,
        args: BoardsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Boards", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        home = args.namespace
        password = {"password": SecretText("{grafanaPassword}")}
        boards = rendered("holdfast-*.json")
        mounts = (
            secret_files(GRAFANA, home, password, args.source, child, at=SECRETS_AT),
            plain_files("grafana-boards", home, boards, child, at=BOARDS_AT),
            plain_files(
                "grafana-sources",
                home,
                {"sources.yaml": written(sources_of(args))},
                child,
                at=SOURCES_AT,
            ),
            plain_files(
                "grafana-providers",
                home,
                {"boards.yaml": written(PROVIDERS)},
                child,
                at=PROVIDERS_AT,
            ),
        )
        workload = ApplianceWorkloadArgs(
            namespace=home, appliance=appliance_of(args.binary, mounts)
        )
        ApplianceWorkload(GRAFANA, workload, child)
        self.register_outputs({})


def appliance_of(binary: Binary, mounts: tuple[Mounted, ...]) -> Appliance:
    """The pod."""
    data = Mounted(
        name="data",
        at=DATA_AT,
        volume={"name": "data", "empty_dir": {"size_limit": "256Mi"}},
        kept=True,
    )
    return Appliance(
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
            "options": {"path": BOARDS_AT},
        }
    ],
}
"""Boards are changed where they are made, never in the browser."""


def sources_of(args: BoardsArgs) -> dict[str, Any]:
    """A source for each way of watching that is on; Prometheus comes first."""
    slow = {"exemplarTraceIdDestinations": [EXEMPLAR]} if args.traces else {}
    figures = {"timeInterval": f"{SCRAPE_SECONDS}s", **slow}
    managed = {"implementation": "prometheus", "handleGrafanaManagedAlerts": False}
    lines = {"tracesToLogsV2": {"datasourceUid": LOKI}} if args.logs else {}
    known: list[tuple[bool, str, str, dict[str, Any]]] = [
        (args.metrics, PROMETHEUS, "prometheus", figures),
        (args.metrics, ALERTMANAGER, "alertmanager", managed),
        (args.traces, TEMPO, "tempo", lines),
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
