"""Test cases of an alert: input series, and when it must and must not fire."""

from typing import Any

from msgspec import Struct

from dashboards.rules.model import Alert, Record


class Expectation(Struct, frozen=True):
    """At this time exactly these alerts fire, each with these labels."""

    at_seconds: float
    firing: tuple[dict[str, str], ...] = ()


class Value(Struct, frozen=True):
    """At this time a query has this one value."""

    at_seconds: float
    query: str
    value: float


class Case(Struct, frozen=True, kw_only=True):
    """Series in promtool's notation, one value a step, with the expected results."""

    title: str
    step_seconds: float
    series: dict[str, str]
    expectations: tuple[Expectation, ...] = ()
    values: tuple[Value, ...] = ()


class Trial(Struct, frozen=True, kw_only=True):
    """An alert with the records it reads, or records alone, and all their cases."""

    name: str
    alert: Alert | None
    rules: tuple[Record | Alert, ...]
    cases: tuple[Case, ...]


def trial_file(trial: Trial, rules: str) -> dict[str, Any]:
    """Return the trial as promtool's test file; `rules` is the rule file beside it."""
    [step] = {case.step_seconds for case in trial.cases}
    return {
        "rule_files": [rules],
        "evaluation_interval": milliseconds(step),
        "tests": [_test(trial.alert, case) for case in trial.cases],
    }


def milliseconds(seconds: float) -> str:
    """Return a duration in Prometheus's notation."""
    return f"{seconds * 1000:.0f}ms"


def _test(alert: Alert | None, case: Case) -> dict[str, Any]:
    return {
        "interval": milliseconds(case.step_seconds),
        "input_series": [
            {"series": series, "values": values}
            for series, values in case.series.items()
        ],
        "alert_rule_test": [
            _expect(alert, expectation) for expectation in case.expectations if alert
        ],
        "promql_expr_test": [_value(value) for value in case.values],
    }


def _expect(alert: Alert, expectation: Expectation) -> dict[str, Any]:
    return {
        "eval_time": milliseconds(expectation.at_seconds),
        "alertname": alert.alert,
        "exp_alerts": [
            {"exp_labels": labels, "exp_annotations": alert.annotations}
            for labels in expectation.firing
        ],
    }


def _value(value: Value) -> dict[str, Any]:
    return {
        "eval_time": milliseconds(value.at_seconds),
        "expr": f"sum({value.query})",
        "exp_samples": [{"labels": "{}", "value": value.value}],
    }
