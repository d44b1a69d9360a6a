"""Recording rules: good and total events per objective and window, kept apart.

A ratio of sums is exact over any union of windows; an average of ratios is not.
"""

from typing import Final

from dashboards.naming import BAD, BUDGET_LEFT, BURN, GOOD, TARGET, TOTAL, number
from dashboards.rules.events import (
    allowed_share,
    good_rate,
    slos_with_rules,
    total_rate,
)
from dashboards.rules.model import Group, Record
from targets import Targets
from targets.units import Duration

OFTEN_SECONDS: Final = 15
SELDOM: Final = "1m"
OFTEN: Final = f"{OFTEN_SECONDS}s"
SOON_SECONDS: Final = 3600
"""A longer window changes too slowly to be evaluated every few seconds."""


def windows(targets: Targets) -> list[Duration]:
    """Return every window of the burn-rate tiers, shortest first."""
    tiers = targets.budget.burn
    found = {w for tier in tiers for w in (tier.short, tier.long)}
    return sorted(found, key=lambda window: window.seconds)


def recording_groups(targets: Targets) -> list[Group]:
    """Return rates and ratios, the error budgets left, and the targets."""
    return [
        *(window_group(targets, window) for window in windows(targets)),
        Group(
            name="holdfast-budget",
            interval=SELDOM,
            rules=[_budget_left(targets, name) for name in slos_with_rules(targets)],
        ),
        Group(name="holdfast-targets", interval=SELDOM, rules=target_records(targets)),
    ]


def window_group(targets: Targets, window: Duration) -> Group:
    """Return good and total events a second, bad share and burn rate, per SLO."""
    rules: list[Record] = []
    for name, slo in slos_with_rules(targets).items():
        labels = {"slo": name, "window": window.text}
        good = good_rate(targets, slo, window.text)
        total = total_rate(targets, slo, window.text)
        rules.append(Record(record=GOOD, expr=good, labels=labels))
        rules.append(Record(record=TOTAL, expr=total, labels=labels))
    series = f'{{window="{window.text}"}}'
    rules.append(
        Record(
            record=BAD,
            expr=f"1 - {GOOD}{series} / {TOTAL}{series}",
            labels={"window": window.text},
        )
    )
    rules += [_burn(targets, name, window) for name in slos_with_rules(targets)]
    interval = OFTEN if window.seconds <= SOON_SECONDS else SELDOM
    return Group(
        name=f"holdfast-slo-{window.text}", interval=interval, rules=list(rules)
    )


def target_records(targets: Targets) -> list[Record]:
    """Return the number of every SLO and limit, for external dashboards."""
    shown = {f"slo.{name}": slo for name, slo in slos_with_rules(targets).items()}
    limits = {f"limit.{name}": make_query for name, make_query in targets.limit.items()}
    return [
        Record(
            record=TARGET,
            expr=f"vector({number(target.value)})",
            labels={"target": name, "unit": target.unit},
        )
        for name, target in (shown | limits).items()
    ]


def _burn(targets: Targets, name: str, window: Duration) -> Record:
    allowed = number(allowed_share(targets.slo[name]))
    return Record(
        record=BURN,
        expr=f'{BAD}{{slo="{name}",window="{window.text}"}} / {allowed}',
        labels={"slo": name, "window": window.text},
    )


def _budget_left(targets: Targets, name: str) -> Record:
    window = windows(targets)[0].text
    series = f'{{slo="{name}",window="{window}"}}[{targets.budget.window.text}]'
    share = number(allowed_share(targets.slo[name]))
    good, total = f"sum_over_time({GOOD}{series})", f"sum_over_time({TOTAL}{series})"
    spent = f"1 - sum({good}) / sum({total})"
    return Record(
        record=BUDGET_LEFT,
        expr=f"1 - ({spent}) / {share}",
        labels={"slo": name},
    )
