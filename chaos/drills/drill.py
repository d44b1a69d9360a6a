"""An alert drill: the component to kill, its alert and its runbook page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from chaos.drills.alerts import AlertWatch
from chaos.drills.pages import PageRun
from chaos.drills.predictions import Prediction
from chaos.run_context import RunContext

ChooseFaultTarget = Callable[[RunContext], Awaitable[str]]


@dataclass(frozen=True)
class Drill:
    """One component that is killed and held down until its page is followed.

    Alertmanager may learn of a change this many seconds after Prometheus.
    """

    name: str
    title: str
    alert: str
    page: str
    fault_target: ChooseFaultTarget
    notify_seconds: float = 10.0


@dataclass
class DrillRecord:
    """The observations of one drill, filled during the run; times in epoch seconds.

    `checks_before` and `checks_during` hold the page's checks, run before the fault and
    while the alert is pending or firing; `page_run` is the complete run of the page.
    """

    watch: AlertWatch
    prediction: Prediction
    checks_before: PageRun | None = None
    checks_during: PageRun | None = None
    page_run: PageRun | None = None
    fired_at: float | None = None
    notified_at: float | None = None
    repaired_at: float | None = None
    resolved_at: float | None = None
    silence: list[str] = field(default_factory=list)
