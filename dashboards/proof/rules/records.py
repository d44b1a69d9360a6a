"""Cases for recording rules: their windows and their values."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from dashboards.naming import BAD, BUDGET_LEFT, BURN, GOOD, TOTAL
from dashboards.proof.rules.cases import Case, Trial, Value
from dashboards.proof.rules.traffic import Phase, event_series
from dashboards.rules.events import allowed_share, slos_with_rules
from dashboards.rules.model import Record
from dashboards.rules.recording import recording_groups, windows
from targets import Targets
from targets.units import Duration

PARTS: Final = 10
"""Steps of a window."""
BAD_SHARE: Final = Decimal("0.25")
EVENTS: Final = Decimal(512)
BUSY, QUIET = 2 * PARTS, 2 * PARTS
"""Steps with events, then steps without."""


def record_trials(targets: Targets) -> Iterator[Trial]:
    """Yield one trial for each SLO and window, one for each error budget."""
    records = [
        rule
        for group in recording_groups(targets)
        for rule in group.rules
        if isinstance(rule, Record)
    ]
    for slo in slos_with_rules(targets):
        for window in windows(targets):
            yield _window_trial(targets, records, slo, window)
        yield _budget_trial(targets, records, slo)


def _window_trial(
    targets: Targets, records: list[Record], slo: str, window: Duration
) -> Trial:
    """Events stop: they count within the window, and not after it."""
    step = window.seconds / PARTS
    phases = [Phase(BUSY, EVENTS, BAD_SHARE), Phase(QUIET, Decimal(0))]
    chosen = f'{{slo="{slo}",window="{window.text}"}}'
    burn = float(BAD_SHARE / allowed_share(targets.slo[slo]))
    values = [
        Value(BUSY * step, f"round({BAD}{chosen}, 0.001)", float(BAD_SHARE)),
        Value(BUSY * step, f"round({BURN}{chosen}, 0.001)", burn),
    ]
    for rate in (GOOD, TOTAL):
        seen = f"{rate}{chosen} > bool 0"
        values.append(Value((BUSY + PARTS - 2) * step, seen, 1))
        values.append(Value((BUSY + PARTS + 1) * step, seen, 0))
    strangers = {
        f'{BAD}{{slo="stranger",window="{window.text}"}}': f"1+0x{BUSY + QUIET}",
        f'{BAD}{{slo="{slo}",window="strange"}}': f"1+0x{BUSY + QUIET}",
    }
    case = Case(
        title="events stop",
        step_seconds=step,
        series=event_series(targets, targets.slo[slo], phases) | strangers,
        values=tuple(values),
    )
    needed = (
        record
        for record in records
        if record.record in {GOOD, TOTAL, BAD, BURN}
        and record.labels["window"] == window.text
        and record.labels.get("slo", slo) == slo
    )
    name = f"records-{slo}-{window.text}"
    return Trial(name=name, alert=None, rules=tuple(needed), cases=(case,))


def _budget_trial(targets: Targets, records: list[Record], slo: str) -> Trial:
    """Half of the allowed bad events leaves half of the error budget."""
    month = targets.budget.window
    step = month.seconds / PARTS
    window = windows(targets)[0].text
    allowed = allowed_share(targets.slo[slo])
    chosen = f'{{slo="{slo}",window="{window}"}}'
    other = f'{{slo="stranger",window="{window}"}}'
    elsewhere = f'{{slo="{slo}",window="strange"}}'
    good, spent = 1000 * (1 - allowed / 2), 1000 * (1 - allowed * 2)
    series = {
        f"{TOTAL}{chosen}": f"1000+0x{3 * PARTS}",
        f"{GOOD}{chosen}": f"{spent:f}+0x{PARTS} {good:f}+0x{2 * PARTS}",
        **{
            f"{rate}{labels}": f"{amount}+0x{3 * PARTS}"
            for labels in (other, elsewhere)
            for rate, amount in ((GOOD, 1), (TOTAL, 7777))
        },
    }
    left = f'round({BUDGET_LEFT}{{slo="{slo}"}}, 0.001)'
    case = Case(
        title="a bad month, then a good one",
        step_seconds=step,
        series=series,
        values=(
            Value((PARTS - 1) * step, left, -1),
            Value((2 * PARTS + 2) * step, left, 0.5),
        ),
    )
    needed = (r for r in records if r.record == BUDGET_LEFT and r.labels["slo"] == slo)
    return Trial(name=f"budget-{slo}", alert=None, rules=tuple(needed), cases=(case,))
