"""Rules say what the targets say, for every objective that can be measured."""

import re
from collections import Counter

import pytest

from dashboards.rules.burning import threshold
from dashboards.rules.events import judged
from dashboards.rules.model import Alert, Record


@pytest.fixture
def alerts(rules):
    return [rule for rule in rules if isinstance(rule, Alert)]


def test_every_promised_alert_has_a_rule(promised, alerts):
    ruled = {alert.labels["target"] for alert in alerts}

    assert {f"alert.{name}" for name in promised.alert} <= ruled


def test_alerts_stand_for_as_long_and_as_gravely_as_promised(promised, alerts):
    promises = {f"alert.{name}": alert for name, alert in promised.alert.items()}
    guards = [a for a in alerts if a.labels["target"] in promises]

    assert {guard.labels["target"] for guard in guards} == set(promises)
    for guard in guards:
        promise = promises[guard.labels["target"]]

        assert (guard.for_, guard.labels["severity"]) == (
            promise.for_.text,
            promise.severity,
        )


def test_one_budget_for_each_kind_of_event(promised):
    assert set(judged(promised)) == {
        "latency",
        "latency-auth",
        "latency-events",
        "errors",
        "db-simple",
        "db-complex",
        "task",
        "job-wait",
    }


def test_every_objective_burns_under_every_tier_that_can_fire(promised, alerts):
    burning = Counter(
        (a.labels["target"], a.labels["long"]) for a in alerts if "long" in a.labels
    )

    for name in judged(promised):
        for tier in promised.budget.burn:
            wanted = 2 if tier.severity == "page" else 1
            if threshold(promised, name, tier) >= 1:
                wanted = 0
            assert burning[(f"slo.{name}", tier.long.text)] == wanted


def test_few_events_never_page(promised, alerts):
    enough = f">= {promised.budget.min_events}"
    pages = [a for a in alerts if "long" in a.labels and a.labels["severity"] == "page"]

    assert pages
    assert all(page.expr.endswith(enough) for page in pages)


def test_every_bucket_that_a_rule_reads_exists(promised, rules):
    """A rule on an edge that the histogram lacks would be silent for ever."""
    for rule in rules:
        for signal in ("http", "db", "job", "wait"):
            histogram = promised.signal[signal].histogram
            pattern = histogram + r'_bucket{[^}]*le="([^"]+)"'
            read = {float(edge) for edge in re.findall(pattern, rule.expr)}

            assert read <= set(promised.edges(signal))


def test_alerts_read_only_records_that_are_recorded(rules):
    recorded = {
        (rule.record, rule.labels.get("window"))
        for rule in rules
        if isinstance(rule, Record)
    }
    pattern = re.compile(r'(holdfast:slo_\w+:\w+){[^}]*window="(\w+)"')

    for rule in rules:
        assert set(pattern.findall(rule.expr)) <= recorded
