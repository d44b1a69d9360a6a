"""All rules, by the file that they are rendered to."""

from collections.abc import Iterable

from dashboards.rules.absence import absence_watches
from dashboards.rules.burning import burn_watches
from dashboards.rules.components import component_watches
from dashboards.rules.guarding import guard_watches
from dashboards.rules.limiting import limit_watches
from dashboards.rules.model import Group
from dashboards.rules.recording import OFTEN, recording_groups
from dashboards.rules.watching import Watch
from targets import Targets


def watch_groups(promised: Targets) -> dict[str, list[Watch]]:
    """Every alert with its causes, by the name of its group."""
    return {
        "holdfast-budget-burn": burn_watches(promised),
        "holdfast-guards": [*guard_watches(promised), *limit_watches(promised)],
        "holdfast-components": component_watches(promised),
        "holdfast-absent": absence_watches(promised),
    }


def watches(promised: Targets) -> list[Watch]:
    """Every alert with its causes."""
    return [one for listed in watch_groups(promised).values() for one in listed]


def rule_groups(promised: Targets) -> dict[str, list[Group]]:
    """The groups of each rule file."""
    return {
        "records.rules.yml": recording_groups(promised),
        "alerts.rules.yml": [
            _alert_group(name, listed)
            for name, listed in watch_groups(promised).items()
        ],
    }


def _alert_group(name: str, listed: Iterable[Watch]) -> Group:
    return Group(name=name, interval=OFTEN, rules=[watch.alert for watch in listed])
