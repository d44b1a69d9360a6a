"""Progress of a run: the state, elapsed time and verdict of every step."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from exchange.outcomes import Outcome
from targets.verdict import Verdict
from verify.figures import write_seconds
from verify.glyphs import SIGNS
from verify.steps import Step

_STYLES = {
    Verdict.MET: "green",
    Verdict.MISSED: "bold red",
    Verdict.INVALID: "bold yellow",
    Verdict.NOT_DECIDED: "yellow",
    Verdict.NOT_MEASURED: "dim",
}
_BAR_CELLS = 24
_REFRESH_PER_SECOND = 4


def mark(verdict: Verdict) -> Text:
    """Return the verdict as a sign and a word, with colour as an addition."""
    sign, word = SIGNS[verdict]
    return Text(f"{sign} {word}", style=_STYLES[verdict])


class Progress:
    """A live table on a terminal, else one line when a step begins or ends."""

    def __init__(self, console: Console, steps: Sequence[Step]) -> None:
        self._console = console
        self._steps = steps
        self._ended: dict[str, tuple[Verdict, float]] = {}
        self._current: Step | None = None
        self._began = self._step_began = time.monotonic()
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the table until the block ends."""
        if not self._console.is_terminal:
            yield
            return
        with Live(
            get_renderable=self._draw,
            console=self._console,
            refresh_per_second=_REFRESH_PER_SECOND,
        ) as self._live:
            yield

    def begin(self, step: Step) -> None:
        self._current, self._step_began = step, time.monotonic()
        if self._live is None:
            self._say(f"… {step.title} (about {write_seconds(step.expected_seconds)})")

    def end(self, step: Step, outcome: Outcome) -> None:
        seconds = time.monotonic() - self._step_began
        self._ended[step.source] = (outcome.verdict, seconds)
        self._current = None
        if self._live is None:
            line = mark(outcome.verdict)
            line.append(f" {step.title}, {write_seconds(seconds)}", style="default")
            for why in outcome.invalid_because:
                line.append(f"\n  {why}")
            self._say(line)

    def _say(self, line: str | Text) -> None:
        elapsed = time.monotonic() - self._began
        self._console.print(Text(f"{elapsed:5.0f} s  ").append(line))

    def _draw(self) -> Group:
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        for step in self._steps:
            table.add_row(*self._draw_step(step))
        return Group(table, Text(self._sum_up(), style="bold"))

    def _draw_step(self, step: Step) -> tuple[Text, Text, Text]:
        if step.source in self._ended:
            verdict, seconds = self._ended[step.source]
            return mark(verdict), Text(step.title), Text(write_seconds(seconds))
        if step is not self._current:
            about = f"about {write_seconds(step.expected_seconds)}"
            return Text("· waiting", "dim"), Text(step.title, "dim"), Text(about, "dim")
        seconds = time.monotonic() - self._step_began
        share = min(1.0, seconds / max(step.expected_seconds, 1))
        cells = round(share * _BAR_CELLS)
        bar = "━" * cells + "─" * (_BAR_CELLS - cells)
        late = " longer than planned" if seconds > step.expected_seconds else ""
        spent = f"{bar} {seconds:.0f} of {step.expected_seconds:.0f} s{late}"
        return Text("▸ running", "cyan"), Text(step.title, "bold"), Text(spent, "cyan")

    def _sum_up(self) -> str:
        elapsed = time.monotonic() - self._began
        rest = [s for s in self._steps if s.source not in self._ended]
        left = sum(step.expected_seconds for step in rest)
        if self._current is not None:
            gone = time.monotonic() - self._step_began
            left -= min(gone, self._current.expected_seconds)
        return f"{write_seconds(elapsed)} gone, about {write_seconds(left)} to go"
