"""The terminal output of a run: a progress line, then the outcome."""

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from exchange.outcomes import Outcome
from loadtests.plan import Plan

_COLOURS = {
    "met": "green",
    "missed": "red",
    "not_measured": "yellow",
    "invalid": "magenta",
}


class Progress:
    """A live line on a terminal; in a log, one line for each new phase."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.live = Live(console=console, refresh_per_second=1, transient=True)
        self.title = ""

    def notify(self, title: str, plan: Plan | None, progress: dict[str, int]) -> None:
        if title != self.title and not self.console.is_terminal:
            self.console.print(title)
        self.title = title
        self.live.update(Text(f"{title}  {describe(plan, progress)}"))


def describe(plan: Plan | None, progress: dict[str, int]) -> str:
    if plan is None:
        return ""
    words = [f"{count} {name}" for name, count in progress.items() if count]
    wanted = plan.rate_per_second * (plan.warm_up_seconds + plan.measured_seconds)
    if wanted:
        words.append(f"of about {wanted:.0f}")
    return ", ".join(words)


def show(console: Console, outcome: Outcome) -> None:
    """Print the outcome: a line per target, failures, and why a run is invalid."""
    table = Table("target", "measured", "verdict", "why", title=outcome.title)
    for one in outcome.measurements:
        value = "-" if one.value is None else f"{one.value:.4g} {one.unit}"
        table.add_row(one.target, value, paint(one.verdict), one.detail)
    if outcome.measurements:
        console.print(table)
    for phase in outcome.facts.get("phases", []):
        for reason, count in phase["failure_reasons"].items():
            console.print(f"  {count} times: {reason}", markup=False)
    for untested in outcome.facts.get("routes_untested", []):
        console.print(f"  not called: {untested}", markup=False)
    for reason in outcome.invalid_because:
        console.print(f"  invalid: {reason}", markup=False)
    if "knee" in outcome.facts:
        console.print(f"  {outcome.facts['knee']}", markup=False)
    console.print(f"{outcome.source}: {paint(outcome.verdict)}")


def paint(verdict: str) -> str:
    words = verdict.replace("_", " ")
    return f"[{_COLOURS[verdict]}]{words}[/]"
