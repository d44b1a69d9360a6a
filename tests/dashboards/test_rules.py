"""Rules follow the targets, for every objective that can be measured."""

import re
from collections import Counter

import pytest

from dashboards.rules.burn import threshold
from dashboards.rules.events import slos_with_rules
from dashboards.rules.model import Alert, Record


@pytest.fixture
def alerts(rules):
    return [rule for rule in rules if isinstance(rule, Alert)]


def test_every_alert_target_has_a_rule(targets, alerts):
    ruled = {alert.labels["target"] for alert in alerts}

    assert {f"alert.{name}" for name in targets.alert} <= ruled


def test_alerts_have_the_duration_and_severity_of_their_target(targets, alerts):
    target_records = {f"alert.{name}": alert for name, alert in targets.alert.items()}
    guards = [a for a in alerts if a.labels["target"] in target_records]

    assert {make_query.labels["target"] for make_query in guards} == set(target_records)
    for make_query in guards:
        target = target_records[make_query.labels["target"]]

        assert (make_query.for_, make_query.labels["severity"]) == (
            target.for_.text,
            target.severity,
        )


def test_one_budget_for_each_kind_of_event(targets):
    assert set(slos_with_rules(targets)) == {
        "latency",
        "latency-auth",
        "latency-events",
        "errors",
        "db-simple",
        "db-complex",
        "task",
        "job-wait",
    }


def test_every_objective_has_an_alert_for_every_tier_that_can_fire(targets, alerts):
    burning = Counter(
        (a.labels["target"], a.labels["long"]) for a in alerts if "long" in a.labels
    )

    for name in slos_with_rules(targets):
        for tier in targets.budget.burn:
            wanted = 2 if tier.severity == "page" else 1
            if threshold(targets, name, tier) >= 1:
                wanted = 0
            assert burning[(f"slo.{name}", tier.long.text)] == wanted


def test_few_events_never_page(targets, alerts):
    enough = f">= {targets.budget.min_events}"
    pages = [a for a in alerts if "long" in a.labels and a.labels["severity"] == "page"]

    assert pages
    assert all(page.expr.endswith(enough) for page in pages)


def test_every_bucket_that_a_rule_reads_exists(targets, rules):
    """A rule on an edge that the histogram lacks would never fire."""
    for rule in rules:
        for signal in ("http", "db", "job", "wait"):
            histogram = targets.signal[signal].histogram
            pattern = histogram + r'_bucket{[^}]*le="([^"]+)"'
            read = {float(edge) for edge in re.findall(pattern, rule.expr)}

            assert read <= set(targets.edges(signal))


def test_alerts_read_only_records_that_exist(rules):
    recorded = {
        (rule.record, rule.labels.get("window"))
        for rule in rules
        if isinstance(rule, Record)
    }
    pattern = re.compile(r'(holdfast:slo_\w+:\w+){[^}]*window="(\w+)"')

    for rule in rules:
        assert set(pattern.findall(rule.expr)) <= recorded
