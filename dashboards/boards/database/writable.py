"""Leader and members: roles, counts and the timeline."""

from typing import Final

from dashboards.boards.panels import COUNT, Panel, Query, Row, State
from targets import Targets

CHOSEN: Final = 'name=~"$member"'
ROLE: Final = (
    f"3 * patroni_primary{{{CHOSEN}}} + patroni_sync_standby{{{CHOSEN}}}"
    f" + patroni_replica{{{CHOSEN}}}"
)
"""0 neither, 1 standby, 2 synchronous standby, 3 leader."""
ROLES: Final = {
    0: State(name="not running", color="red"),
    1: State(name="standby", color="blue"),
    2: State(name="synchronous standby", color="purple"),
    3: State(name="leader", color="green"),
}


def writable_row(_: Targets) -> Row:
    return Row(
        title="Leader and members",
        panels=(
            _roles(),
            _number(
                "Leaders",
                "There must be exactly one. With none, writes fail until Patroni"
                " promotes a standby.",
                "sum(patroni_primary)",
            ),
            _number(
                "Members up",
                "With two of three members writes continue; with one they wait for a"
                " synchronous standby.",
                "sum(patroni_postgres_running)",
            ),
            _number(
                "Timeline",
                "It grows by one with each failover. A step without a planned change"
                " is a lost leader.",
                "max(patroni_postgres_timeline)",
            ),
        ),
    )


def _roles() -> Panel:
    return Panel(
        title="Role of each member",
        description="There must be one leader and one synchronous standby; without"
        " a synchronous standby, writes wait. A gap is a member whose"
        " Patroni does not answer.",
        runbook="database-member-down",
        kind="statetimeline",
        unit=COUNT,
        states=ROLES,
        queries=(Query(expr=ROLE, legend="{{name}}"),),
        width=12,
        height=7,
    )


def _number(title: str, description: str, expr: str) -> Panel:
    return Panel(
        title=title,
        description=description,
        runbook="database-member-down",
        kind="stat",
        unit=COUNT,
        queries=(Query(expr=expr, legend=title.lower()),),
        width=4,
        height=7,
    )
