"""The ledger of every experiment, and the facts of each run."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

import msgspec

from exchange.outcomes import Outcome
from verify.figures import write_seconds
from verify.report.markup import sign, table

_COUNTS = (
    "acknowledged",
    "lost",
    "duplicate",
    "ghost",
    "late",
    "unfinished",
    "unresolved",
)


def draw_ledger(outcomes: Sequence[Outcome]) -> str:
    """Draw acknowledged writes and their fate, by experiment."""
    kept = [outcome for outcome in outcomes if "ledger" in outcome.facts]
    if not kept:
        return "<p>No experiment of this run kept a ledger.</p>"
    head = [("Experiment", ""), *((name.title(), "number") for name in _COUNTS)]
    return table(head, [_draw_ledger_row(outcome) for outcome in kept])


def draw_runs(outcomes: Sequence[Outcome]) -> str:
    """Draw every outcome: verdict, duration, reason if invalid, folded facts."""
    return "".join(_draw_run(outcome) for outcome in outcomes)


def _draw_ledger_row(outcome: Outcome) -> str:
    ledger = outcome.facts["ledger"]
    cells = "".join(
        f'<td class="number">{_write_count(ledger.get(name))}</td>' for name in _COUNTS
    )
    where = ", on Kubernetes" if outcome.kind == "cluster" else ""
    return f"<tr><td>{escape(outcome.title + where)}</td>{cells}</tr>"


def _write_count(count: object) -> str:
    return f"{count:,}" if isinstance(count, int) else "—"


def _draw_run(outcome: Outcome) -> str:
    began = datetime.fromisoformat(outcome.started)
    seconds = (datetime.fromisoformat(outcome.ended) - began).total_seconds()
    reasons = "".join(f"<p>{escape(why)}</p>" for why in outcome.invalid_because)
    found = "".join(
        f"<li>{sign(m.verdict)} <code>{escape(m.target)}</code> {escape(m.detail)}</li>"
        for m in outcome.measurements
    )
    facts = msgspec.json.format(msgspec.json.encode(outcome.facts), indent=2).decode()
    shown = f"<pre>{escape(facts)}</pre>" if outcome.facts else ""
    return (
        f"<details><summary><b>{escape(outcome.title)}</b>"
        f"<code>{escape(outcome.source)}</code>{sign(outcome.verdict)}"
        f'<span class="when">{began:%H:%M:%S}, {write_seconds(seconds)}</span>'
        f"</summary>{reasons}<ul>{found}</ul>{shown}</details>"
    )
