"""Contradictions between targets about time: budgets, recovery, alerts."""

from collections.abc import Iterator

from targets.catalog import Targets
from targets.finding import Finding

_BLUNT = 0.5


def find_time_conflicts(targets: Targets) -> Iterator[Finding]:
    """Return every contradiction between two durations."""
    yield from _find_overspending(targets)
    yield from _find_silent_tiers(targets)
    yield from _find_slow_backups(targets)
    yield from _find_late_alerts(targets)
    yield from _find_unwatched_logs(targets)


def _find_overspending(targets: Targets) -> Iterator[Finding]:
    availability = targets.slo["availability"]
    budget = targets.budget.window.seconds * availability.bad_share
    for name, recovery in targets.recovery.items():
        if recovery.within is None or name in {"rpo", "platform-start"}:
            continue
        spent = recovery.within.seconds / budget
        if spent > 1:
            yield Finding(
                f"{name}-spends-availability",
                f"one recovery.{name} of {recovery.within.text} spends {spent:.0%} of "
                f"the {budget / 60:.1f} min that slo.availability allows in "
                f"{targets.budget.window.text}",
            )


def _find_silent_tiers(targets: Targets) -> Iterator[Finding]:
    blunt: dict[str, list[str]] = {}
    for name, slo in targets.slo.items():
        for tier in targets.budget.burn:
            share = targets.budget.factor(tier) * slo.bad_share
            label = f"{tier.severity}-{tier.long.text}"
            if share >= 1:
                yield Finding(
                    f"{name}-{label}-never-fires",
                    f"the {label} alert of slo.{name} needs {share:.0%} bad events",
                )
            elif share > _BLUNT:
                blunt.setdefault(f"{label} ({share:.0%})", []).append(f"slo.{name}")
    for label, names in blunt.items():
        yield Finding(
            f"{label.partition(' ')[0]}-is-blunt",
            f"more than half of all events must be bad before the burn alert {label} "
            f"fires for {', '.join(names)}",
        )


def _find_slow_backups(targets: Targets) -> Iterator[Finding]:
    rpo = targets.recovery["rpo"]
    backup = targets.recovery["backup-incremental"]
    if backup.value >= rpo.value:
        yield Finding(
            "rpo-needs-more-than-backups",
            "a backup every recovery.backup-incremental loses up to "
            f"{backup.value / 3600:g} h, and recovery.rpo allows less than "
            f"{rpo.value / 3600:g} h",
        )


def _find_late_alerts(targets: Targets) -> Iterator[Finding]:
    for name, alert in targets.alert.items():
        family, _, target_name = alert.watches.partition(".")
        watched = targets.slo.get(target_name) if family == "slo" else None
        if watched is None:
            continue
        share = alert.over_share or alert.under_share
        if watched.objective is not None and share is not None:
            bad = share.value if alert.over_share else 1 - share.value
            looser = bad / watched.bad_share
        elif watched.p95 is not None and alert.over_duration is not None:
            looser = alert.over_duration.value / watched.p95.value
        else:
            continue
        if looser > 1:
            yield Finding(
                f"alert-{name}-is-looser-than-its-target",
                f"alert.{name} fires at {looser:.0f} times what {alert.watches} allows",
            )


def _find_unwatched_logs(targets: Targets) -> Iterator[Finding]:
    kept = targets.limit["log-retention"].value
    if kept < targets.budget.window.seconds:
        yield Finding(
            "logs-end-before-the-budget",
            "limit.log-retention is shorter than budget.window: an incident that still "
            "spends budget can no longer be read",
        )
