"""The variables at the top of a board."""

from typing import Final

from grafana_foundation_sdk.models import common, dashboard

from dashboards.boards.panels import Board, Variable

DATASOURCE: Final = common.DataSourceRef(type_val="prometheus", uid="${datasource}")

API_INSTANCE: Final = Variable(
    name="instance",
    label="Instance",
    query='label_values(up{job="api"}, instance)',
    everything=".+",
)
ROUTE: Final = Variable(
    name="route",
    label="Route",
    query="label_values(holdfast_http_request_duration_seconds_count, route)",
    # Health pages spend no budget, and would hide the other routes.
    everything="/api/v1/.+",
)
WORKER_INSTANCE: Final = Variable(
    name="instance",
    label="Worker",
    query='label_values(up{job="worker"}, instance)',
    everything=".+",
)
QUEUE: Final = Variable(
    name="queue",
    label="Queue",
    query="label_values(holdfast_jobs_waiting, queue)",
    everything=".+",
)
MEMBER: Final = Variable(
    name="member",
    label="Member",
    query="label_values(patroni_primary, name)",
    everything=".+",
)


def variable_models(board: Board) -> list[dashboard.VariableModel]:
    """Return the variables: data source, address of the runbooks, the board's own."""
    return [
        dashboard.VariableModel(
            type_val=dashboard.VariableType.DATASOURCE,
            name="datasource",
            label="Prometheus",
            query="prometheus",
        ),
        dashboard.VariableModel(
            type_val=dashboard.VariableType.TEXTBOX,
            name="runbooks",
            label="Runbooks at",
            description="Address of the folder runbooks/ for readers of this Grafana;"
            " the links of the panels begin with it.",
            query="/runbooks",
            current=dashboard.VariableOption(text="/runbooks", value="/runbooks"),
        ),
        *(_chosen(variable) for variable in board.variables),
    ]


def _chosen(variable: Variable) -> dashboard.VariableModel:
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.QUERY,
        name=variable.name,
        label=variable.label,
        datasource=DATASOURCE,
        query=variable.query,
        definition=variable.query,
        multi=True,
        include_all=True,
        all_value=variable.everything,
        current=dashboard.VariableOption(text="All", value="$__all"),
        refresh=dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED,
        sort=dashboard.VariableSort.NATURAL_ASC,
    )
