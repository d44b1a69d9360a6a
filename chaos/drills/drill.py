"""An alert drill: what dies, which alert must say so, which page brings it back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from chaos.drills.alerts import AlertWatch
from chaos.drills.pages import Story
from chaos.drills.predictions import Prediction
from chaos.stage import Stage

ChooseVictim = Callable[[Stage], Awaitable[str]]


@dataclass(frozen=True)
class Drill:
    """One component that dies and stays dead until its page is followed.

    Alertmanager may hear of a change so many seconds after Prometheus saw it.
    """

    name: str
    title: str
    alert: str
    page: str
    victim: ChooseVictim
    tell_seconds: float = 10.0


@dataclass
class Notes:
    """What one drill saw; filled as it goes. Moments are epoch seconds.

    `well` and `ill` are the page's checks asked before the fault and while the alert
    fires; `walk` is the page followed to its end.
    """

    watch: AlertWatch
    prediction: Prediction
    well: Story | None = None
    ill: Story | None = None
    walk: Story | None = None
    fired_at: float | None = None
    told_at: float | None = None
    helped_at: float | None = None
    resolved_at: float | None = None
    silence: list[str] = field(default_factory=list)
