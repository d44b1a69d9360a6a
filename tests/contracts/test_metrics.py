# ruff: noqa: SLF001 (prometheus-client shows label names nowhere else)
"""Rules and dashboards read only metrics and labels that somebody exports."""

import json
import re

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import targets
from api.kernel import telemetry
from dashboards.naming import BAD, BUDGET_LEFT, GOOD, PROMISED, TOTAL
from dashboards.rendering import RENDERED
from dashboards.rules.files import rule_groups

SCRAPED = {"job", "instance", "le"}
"""Labels that Prometheus and histograms add."""
FROM_PROMETHEUS = {
    "up": set(),
    "process_resident_memory_bytes": set(),
    "ALERTS": {"alertname", "severity"},
}
RECORDED = {
    GOOD: {"slo", "window"},
    TOTAL: {"slo", "window"},
    BAD: {"slo", "window"},
    BUDGET_LEFT: {"slo"},
    PROMISED: {"target", "unit"},
}
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}
SELECTOR = re.compile(r"\b([a-z_:]+)\{([^}]*)\}")
NAME = re.compile(r"\b(?:holdfast[_:][a-z_:]+|process_[a-z_]+|up)\b")
VALUES = re.compile(r'\b(?:state|class|outcome)=~?"([a-z|]+)"')
LABEL = re.compile(r'(\w+)(?:=~|!~|!=|=)"')


def declared():
    """Series name to label names, of everything in api.kernel.telemetry."""
    found = dict(FROM_PROMETHEUS) | RECORDED
    for metric in vars(telemetry).values():
        if not isinstance(metric, MetricWrapperBase) or metric._labelvalues:
            continue
        for suffix in SUFFIXES.get(str(metric._type), ("",)):
            found[metric._name + suffix] = set(metric._labelnames)
    return found


def expressions():
    rules = [
        rule.expr
        for groups in rule_groups(targets.load()).values()
        for group in groups
        for rule in group.rules
    ]
    boards = [json.loads(path.read_text()) for path in RENDERED.glob("*.json")]
    panels = [panel for board in boards for panel in board["panels"]]
    return rules + [query["expr"] for panel in panels for query in panel["targets"]]


def unknown(expression, exported):
    """Names and labels that nobody exports, spelt as in the query."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    strange = set(NAME.findall(bare)) - exported.keys()
    for name, matchers in SELECTOR.findall(expression):
        labels = set(LABEL.findall(matchers)) - SCRAPED - exported.get(name, set())
        strange |= {f"{name}{{{label}}}" for label in labels}
    return strange


def test_every_query_reads_what_is_exported():
    exported = declared()

    for expression in expressions():
        assert unknown(expression, exported) == set(), expression


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("holdfast_job_oldest_seconds", "holdfast_job_age_seconds"),
        ("route=~", "path=~"),
        ("slo=", "objective="),
    ],
)
def test_a_renamed_metric_or_label_is_seen(old, new):
    exported = declared()
    spoilt = [e.replace(old, new) for e in expressions() if old in e]

    assert spoilt
    assert all(unknown(expression, exported) for expression in spoilt)


def test_label_values_in_queries_are_those_that_the_metric_promises():
    """`state="limit"` would be silent for ever where the pool says "max"."""
    promised = {
        metric._name: set(re.findall(r"\w+", metric._documentation))
        for metric in vars(telemetry).values()
        if isinstance(metric, MetricWrapperBase)
    }

    for expression in expressions():
        for name, matchers in SELECTOR.findall(expression):
            base = re.sub("_(bucket|count|sum|total)$", "", name)
            for values in VALUES.findall(matchers):
                assert set(values.split("|")) <= promised.get(base, set()), expression


def test_every_metric_of_ours_bears_our_name():
    ours = [
        metric.name
        for metric in REGISTRY.collect()
        if not metric.name.startswith(("python_", "process_"))
    ]

    assert ours
    assert all(name.startswith("holdfast_") for name in ours)


def test_histogram_edges_are_the_promised_ones():
    signals = {signal.histogram: key for key, signal in targets.load().signal.items()}
    histograms = [
        metric
        for metric in vars(telemetry).values()
        if isinstance(metric, MetricWrapperBase)
        and metric._type == "histogram"
        and not metric._labelvalues
    ]

    assert histograms
    for histogram in histograms:
        edges = targets.edges(signals[histogram._name])

        assert tuple(histogram._kwargs["buckets"]) == edges
