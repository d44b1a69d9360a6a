"""Terminal output: live numbers during the run, then a summary."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich import box
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from chaos.run_context import RunContext
from chaos.timeline import now
from exchange.outcomes import Measurement, Moment, Outcome
from targets import Targets
from targets.verdict import Verdict

_REFRESH_SECONDS = 0.25
_STYLES: Final = {
    Verdict.MET: "bold green",
    Verdict.MISSED: "bold red",
    Verdict.INVALID: "bold yellow",
    Verdict.NOT_MEASURED: "bold yellow",
}


class Screen:
    """Prints timeline events as they come, and the load's figures between them."""

    def __init__(
        self, console: Console, title: str, footnote: Callable[[], str] = str
    ) -> None:
        self._console = console
        self._footnote = footnote
        self._began = now()
        self._status = Status(f"{title}: setting the context", console=console)
        self._following: asyncio.Task[None] | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        with self._status:
            yield
        if self._following is not None:
            self._following.cancel()

    def notify(self, moment: Moment) -> None:
        at = moment.at - self._began
        line = f"[dim]{at:6.1f} s[/]  {moment.kind:<9}  {moment.what}"
        self._console.print(line, soft_wrap=True)

    def follow(self, context: RunContext) -> None:
        """Update the status line until the screen is left."""
        self._following = asyncio.create_task(self._follow(context))

    async def _follow(self, context: RunContext) -> None:
        while True:
            words = _describe(context, now() - self._began) + self._footnote()
            self._status.update(words)
            await asyncio.sleep(_REFRESH_SECONDS)


def _describe(context: RunContext, elapsed: float) -> str:
    attempts = context.load.attempts
    recent = [at for at in attempts.successes("write") if at >= now() - 1]
    return (
        f"{elapsed:.0f} s · {len(recent)} writes/s acknowledged · "
        f"{context.load.in_flight} in flight · {len(attempts.failed())} failed · "
        f"{len(context.watcher.pending)} reports open"
    )


def show_ending(console: Console, outcome: Outcome, targets: Targets) -> None:
    """Show the fault, its cost, each claim, and the verdict last."""
    facts = outcome.facts
    console.print()
    if "write_gap_seconds" in facts:
        console.print(
            f"Longest gap: {facts['write_gap_seconds']:.2f} s writes, "
            f"{facts['read_gap_seconds']:.2f} s reads. "
            f"{facts['failed']} of {facts['requests']} requests failed, "
            f"{facts['in_flight_at_fault']} were in flight at the fault; "
            f"{facts['budget_burned_ratio']:.3%} of the month's budget is gone."
        )
    if "ledger" in facts:
        counts = (f"{count} {name}" for name, count in facts["ledger"].items())
        console.print(f"Ledger: {', '.join(counts)}.")
    if outcome.measurements:
        console.print(_claims(outcome.measurements, targets))
    for reason in outcome.invalid_because:
        console.print(f"[yellow]invalid:[/] {reason}", highlight=False)
    style = _STYLES[outcome.verdict]
    console.print(Text(f"{outcome.name}: {outcome.verdict.value}", style=style))


def _claims(measurements: list[Measurement], targets: Targets) -> Table:
    table = Table("verdict", "measured", "promised", "what", box=box.SIMPLE)
    for found in measurements:
        target = targets.find(found.target)
        bound = "≤" if target.comparison == "at_most" else "≥"
        table.add_row(
            Text(found.verdict.value, style=_STYLES[found.verdict]),
            _with_unit(found.value, found.unit),
            f"{bound} {_with_unit(target.value, target.unit)}",
            f"{target.title}\n[dim]{found.detail}[/]",
        )
    return table


def _with_unit(value: float | None, unit: str) -> str:
    if value is None:
        return "—"
    if unit == "ratio":
        return f"{value * 100:g} %"
    return f"{value:g}" if unit == "count" else f"{value:g} {unit}"
