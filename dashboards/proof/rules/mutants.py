"""Mutants: rules with one planted fault each; a trial must fail on every one.

A change that leaves a rule's meaning as it is (a zero multiplied, a label that both
sides of a match carry) is no fault and is not planted.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dashboards.naming import BAD, BURN, GOOD, number
from dashboards.proof.rules.cases import Trial
from dashboards.rules.model import Alert, Record

Rule = Record | Alert
UNRELATED: Final = Record(record="nothing", expr="vector(0)", labels={})
"""Replaces the only rule when it is removed: promtool needs one."""
LINE: Final = re.compile(r"([<>]=?) (\d+(?:\.\d+)?)")
MATCHER: Final = re.compile(r"(\w+)(?:=~|!~|!=|=)\"[^\"]*\"")
RANGE: Final = re.compile(r"\[(\w+)\]")
WINDOW: Final = re.compile(r'window="(\w+)"')
CARRIED: Final = {BAD, BURN}
"""Records that also inherit labels from their input series."""
AROUND: Final = re.compile(r"(min by \([^)]*\) \()(.*)(\))")
ZERO: Final = " or 0 * "
FLIPPED: Final = {">": "<", "<": ">", ">=": "<", "<=": ">"}
WIDER: Final = {">": ">=", "<": "<="}
AGGREGATES: Final = {
    "sum(rate": "max(rate",
    "sum by (server)": "max by (server)",
    "max by (queue)": "min by (queue)",
}


class Mutant(Struct, frozen=True, kw_only=True):
    """One fault in one rule, with the trials that should fail on it."""

    fault: str
    where: str
    trials: tuple[Trial, ...]


def mutants(trials: Iterable[Trial]) -> Iterator[Mutant]:
    """Yield every fault in every rule, with the trials that should fail on it."""
    homes: dict[str, list[Trial]] = defaultdict(list)
    rules: dict[str, Rule] = {}
    for trial in trials:
        for rule in trial.rules:
            rules[repr(rule)] = rule
            homes[repr(rule)].append(trial)
    for key, rule in rules.items():
        for fault, wrong in _faults(rule):
            yield Mutant(
                fault=fault,
                where=_name(rule),
                trials=tuple(_planted(one, rule, wrong) for one in _near(homes[key])),
            )


def _near(homes: list[Trial]) -> list[Trial]:
    """Return a record's trial and one alert that reads it, or an alert's trials."""
    own = [trial for trial in homes if trial.alert is None]
    return [own[0], *homes[len(own) :][:1]] if own else homes


def _planted(trial: Trial, rule: Rule, wrong: Rule | None) -> Trial:
    swapped = [wrong if one == rule else one for one in trial.rules]
    rules = [one for one in swapped if one is not None]
    return replace(trial, rules=tuple(rules or [UNRELATED]))


def _faults(rule: Rule) -> Iterator[tuple[str, Rule | None]]:
    yield "rule removed", None
    if isinstance(rule, Alert):
        for fault, alert in _alert_faults(rule):
            yield fault, alert
    else:
        for label in rule.labels if rule.record not in CARRIED else ():
            yield "label dropped", replace(rule, labels=_without(rule.labels, label))
    for fault, change in FAULTS.items():
        for expr in dict.fromkeys(change(rule)):
            if expr != rule.expr:
                yield fault, replace(rule, expr=expr)


def _alert_faults(alert: Alert) -> Iterator[tuple[str, Alert]]:
    yield "patience doubled", replace(alert, for_=_doubled(alert.for_))
    yield "patience lost", replace(alert, for_="0s")
    for label in alert.labels:
        yield "label dropped", replace(alert, labels=_without(alert.labels, label))
    other = {"page": "ticket", "ticket": "page"}[alert.labels["severity"]]
    yield "severity swapped", replace(alert, labels=alert.labels | {"severity": other})
    for name in alert.annotations:
        less = _without(alert.annotations, name)
        yield "annotation dropped", replace(alert, annotations=less)


def _factors(rule: Rule) -> Iterator[str]:
    """Move the line up and down; `up` is 0 or 1, so it only moves up."""
    for found in LINE.finditer(rule.expr):
        sign, line = found[1], Decimal(found[2])
        seen = sign == "<" and line == 1
        for factor in ("1.5",) if seen else ("1.5", "0.67"):
            moved = number(line * Decimal(factor))
            yield _put(rule.expr, found, f"{sign} {moved}")


def _comparisons(rule: Rule) -> Iterator[str]:
    for found in LINE.finditer(rule.expr):
        yield _put(rule.expr, found, f"{FLIPPED[found[1]]} {found[2]}")


def _lines_included(rule: Rule) -> Iterator[str]:
    """Include the line itself, where a gauge can be exactly there."""
    if BAD in rule.expr or "rate(" in rule.expr:
        return
    for found in LINE.finditer(rule.expr):
        yield _put(rule.expr, found, f"{WIDER[found[1]]} {found[2]}")


def _windows(rule: Rule) -> Iterator[str]:
    """Double a range, or read another recorded window."""
    head, zero, tail = rule.expr.partition(ZERO)
    for found in RANGE.finditer(head):
        yield _put(head, found, f"[{_doubled(found[1])}]") + zero + tail
    named = sorted(set(WINDOW.findall(rule.expr)))
    for found in WINDOW.finditer(rule.expr):
        for other in named or ():
            yield _put(rule.expr, found, f'window="{other}"')


def _matchers(rule: Rule) -> Iterator[str]:
    """Drop a matcher, where no other matcher on that side restricts it."""
    if isinstance(rule, Record) and rule.record == BAD:
        return
    head, zero, tail = rule.expr.partition(ZERO)
    for found in MATCHER.finditer(head):
        if found[1] == "slo" and " and " in rule.expr:
            continue
        yield _tidy(_put(head, found, "")) + zero + tail


def _inversions(rule: Rule) -> Iterator[str]:
    if "1 - " in rule.expr:
        yield rule.expr.replace("1 - ", "", 1)
    if isinstance(rule, Record) and rule.record == BAD:
        good, _, total = rule.expr.removeprefix("1 - ").partition(" / ")
        yield f"1 - {total} / {good}"


def _zeros(rule: Rule) -> Iterator[str]:
    """Make the good rate absent, not zero, while every event is bad."""
    breaks = "status!~" in rule.expr or "outcome!=" in rule.expr
    if isinstance(rule, Record) and rule.record == GOOD and breaks:
        yield rule.expr.partition(ZERO)[0]


def _conjunctions(rule: Rule) -> Iterator[str]:
    for found in re.finditer(r"\band\b", rule.expr):
        yield _put(rule.expr, found, "or")
        yield _put(rule.expr, found, "unless")


def _alternatives(rule: Rule) -> Iterator[str]:
    if isinstance(rule, Record) or "rate(" in rule.expr:
        return
    around = AROUND.fullmatch(rule.expr)
    head, inner, tail = around.groups() if around else ("", rule.expr, "")
    parts = inner.split(" or ")
    for lost in range(len(parts) if len(parts) > 1 else 0):
        left = (part for at, part in enumerate(parts) if at != lost)
        yield head + " or ".join(left) + tail


def _absences(rule: Rule) -> Iterator[str]:
    for found in re.finditer(r"\babsent\b", rule.expr):
        yield _put(rule.expr, found, "")


def _aggregates(rule: Rule) -> Iterator[str]:
    head, zero, tail = rule.expr.partition(ZERO)
    for right, wrong in AGGREGATES.items():
        yield head.replace(right, wrong, 1) + zero + tail


FAULTS: Final[dict[str, Callable[[Rule], Iterator[str]]]] = {
    "wrong factor": _factors,
    "comparison flipped": _comparisons,
    "line included": _lines_included,
    "wrong window": _windows,
    "matcher lost": _matchers,
    "ratio inverted": _inversions,
    "zero lost": _zeros,
    "condition loosened": _conjunctions,
    "alternative lost": _alternatives,
    "absence inverted": _absences,
    "wrong aggregate": _aggregates,
}
"""Kind of fault to the function that changes an expression."""


def _put(text: str, found: re.Match[str], new: str) -> str:
    return text[: found.start()] + new + text[found.end() :]


def _tidy(expr: str) -> str:
    return expr.replace("{,", "{").replace(",}", "}").replace(",,", ",")


def _without(mapping: dict[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in mapping.items() if name != key}


def _doubled(span: str) -> str:
    return f"{int(span[:-1]) * 2}{span[-1]}"


def _name(rule: Rule) -> str:
    if isinstance(rule, Alert):
        return " ".join([rule.alert, *rule.labels.values()])
    return " ".join([rule.record, *rule.labels.values()])
