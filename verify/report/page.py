"""The report page: the verdict first, then the measurements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from exchange.outcomes import Outcome
from targets import Targets
from targets.verdict import Verdict
from verify.alerts import AlertSpan
from verify.figures import write_bytes, write_seconds
from verify.glyphs import SIGNS
from verify.record import Record
from verify.report.advice import draw_advice
from verify.report.burn import draw_burn, write_burn_lead
from verify.report.capacity import draw_capacity
from verify.report.latency import draw_latency
from verify.report.markup import section
from verify.report.recovery import draw_recoveries
from verify.report.runs import draw_ledger, draw_runs
from verify.report.scores import draw_measured, draw_unmeasured
from verify.scorecard import Scorecard

_STYLE = Path(__file__).with_name("style.css")
_TOC = {
    "first": "What to fix first",
    "scorecard": "Scorecard",
    "latency": "Latency",
    "capacity": "Capacity",
    "recovery": "Recovery",
    "budget": "Error budget",
    "ledger": "Ledger",
    "later": "Not measured",
    "runs": "Runs",
}


def write_report(
    record: Record,
    targets: Targets,
    outcomes: Mapping[str, Outcome],
    path: Path,
    *,
    alerts: Sequence[AlertSpan] = (),
) -> None:
    """Write the self-contained page to `path`."""
    style = _STYLE.read_text(encoding="utf-8")
    title = write_headline(record.scorecard)
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · {escape(targets.service)}</title>"
        f"<style>{style}</style></head><body>"
        f"{_draw_top(record, targets, title)}"
        f"<main>{_draw_sections(record, targets, outcomes, alerts)}</main>"
        f"{_draw_footer(record)}</body></html>\n",
        encoding="utf-8",
    )


def write_headline(scorecard: Scorecard) -> str:
    """Return the verdict as a sentence."""
    met = sum(line.verdict is Verdict.MET for line in scorecard.lines)
    missed = scorecard.count(Verdict.MISSED)
    if scorecard.verdict is Verdict.MET:
        return f"All {met} promises that this run measured are kept"
    if missed:
        noun = "promise is" if missed == 1 else "promises are"
        return f"{missed} {noun} broken, {met} kept"
    if scorecard.verdict is Verdict.MISSED:
        return f"A run failed, though {met} promises are kept"
    return f"This run cannot be trusted: {met} promises look kept"


def _draw_top(record: Record, targets: Targets, title: str) -> str:
    tally = "".join(
        f'<li class="{verdict}"><b>{record.scorecard.count(verdict)}</b>'
        f"<span>{sign} {word}</span></li>"
        for verdict, (sign, word) in SIGNS.items()
    )
    facts = "".join(
        f"<span>{escape(name)} <b>{escape(value)}</b></span>"
        for name, value in _list_facts(record).items()
    )
    links = "".join(f'<a href="#{key}">{name}</a>' for key, name in _TOC.items())
    return (
        f'<header class="top"><p class="brand">{escape(targets.service)} scorecard</p>'
        f'<h1>{escape(title)}</h1><ul class="tally">{tally}</ul>'
        f'<div class="facts">{facts}</div><nav>{links}</nav></header>'
    )


def _list_facts(record: Record) -> dict[str, str]:
    machine = record.machine
    started = datetime.fromisoformat(record.started)
    return {
        "run": f"{record.mode}, {write_seconds(record.seconds)}",
        "on": f"{started:%d %B %Y, %H:%M} UTC",
        "commit": str(machine.get("commit", "unknown")),
        "machine": f"{machine.get('cores')} cores, {_write_memory(machine)}",
        "load before": str(machine.get("load_before", "unknown")),
        "calibration": str(machine.get("calibration", "not run")),
        "system": str(machine.get("system", "unknown")),
        "Postgres": str(machine.get("postgres", "unknown")),
        "Python": str(machine.get("python", "unknown")),
    }


def _write_memory(machine: Mapping[str, Any]) -> str:
    return write_bytes(float(machine.get("memory_bytes") or 0))


def _draw_sections(
    record: Record,
    targets: Targets,
    outcomes: Mapping[str, Outcome],
    alerts: Sequence[AlertSpan],
) -> str:
    lines = record.scorecard.lines
    found = list(outcomes.values())
    bodies = {
        "first": (
            "Broken promises first, then runs that prove nothing, else the narrowest.",
            draw_advice(record.scorecard, outcomes, record.machine),
        ),
        "scorecard": (
            "What this run set out to measure. The mark in a bar is the promise.",
            draw_measured([line for line in lines if line.planned]),
        ),
        "latency": (
            "As clients saw it: from when a request should have left to its answer.",
            draw_latency(found, targets.slo["latency"].value, alerts),
        ),
        "capacity": (
            "The rate climbs until a promise breaks, or the goal is reached.",
            draw_capacity(found, targets),
        ),
        "recovery": (
            "Each fault, proven to have struck, and the way back.",
            draw_recoveries(found, alerts),
        ),
        "budget": (write_burn_lead(targets), draw_burn(targets, found)),
        "ledger": (
            "Every write that a client was told is safe, looked up again afterwards.",
            draw_ledger(found),
        ),
        "later": (
            "Promised, but not measured by this run: what measures each.",
            draw_unmeasured([line for line in lines if not line.planned]),
        ),
        "runs": ("Everything that ran, with its facts.", draw_runs(found)),
    }
    return "".join(
        section(key, _TOC[key], lead, body) for key, (lead, body) in bodies.items()
    )


def _draw_footer(record: Record) -> str:
    versions = ", ".join(
        f"{name} {version}" for name, version in record.machine["versions"].items()
    )
    processor = escape(str(record.machine.get("processor", "")))
    return f"<footer><p>{processor}</p><p>{escape(versions)}</p></footer>"
