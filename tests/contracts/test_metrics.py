# ruff: noqa: SLF001 (prometheus-client shows label names nowhere else)
"""Rules and dashboards read only exported metrics and labels."""

import re

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

import targets
from api.kernel import metrics
from dashboards.proof.metrics.contract import (
    exported_by_others,
    find_undeclared,
    recorded,
)
from dashboards.proof.metrics.selectors import read_query
from dashboards.reading import read_boards
from dashboards.rendering import RENDERED
from dashboards.rules.files import rule_groups

SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}
SELECTOR = re.compile(r"\b([a-z_:]+)\{([^}]*)\}")
VALUES = re.compile(r'\b(?:state|class|outcome)=~?"([a-z|]+)"')


def ours():
    """Series name to labels, of all metrics that api.kernel.metrics declares."""
    return {
        metric._name + suffix: frozenset(metric._labelnames)
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase) and not metric._labelvalues
        for suffix in SUFFIXES.get(str(metric._type), ("",))
    }


def groups():
    return [group for found in rule_groups(targets.load()).values() for group in found]


@pytest.fixture(scope="module")
def declared():
    return exported_by_others() | ours() | recorded(groups())


def expressions():
    rules = [rule.expr for group in groups() for rule in group.rules]
    panels = [panel for board in read_boards(RENDERED) for panel in board.pictures]
    return rules + [query.expr for panel in panels for query in panel.targets]


def test_every_query_reads_exported_metrics(declared):
    for expression in expressions():
        assert find_undeclared(expression, declared) == [], expression


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("holdfast_job_oldest_seconds", "holdfast_job_age_seconds"),
        ("patroni_primary", "patroni_master"),
        ("route=~", "path=~"),
        ("slo=", "objective="),
        ("by (queue)", "by (line)"),
        ("application_name=~", "member=~"),
    ],
)
def test_a_renamed_metric_or_label_is_found(declared, old, new):
    spoilt = [e.replace(old, new) for e in expressions() if old in e]

    assert spoilt
    assert all(find_undeclared(expression, declared) for expression in spoilt)


def test_a_removed_metric_is_found(declared):
    without = {name: labels for name, labels in declared.items() if "_db_" not in name}

    assert any(find_undeclared(expression, without) for expression in expressions())


def test_every_third_party_series_has_a_reader():
    """A list of unused series would not show what we rely on."""
    read = {s.metric for e in expressions() for s in read_query(e).selectors}

    assert exported_by_others().keys() - read == set()


def test_label_values_in_queries_are_declared_by_the_metric():
    """`state="limit"` would never match where the pool says "max"."""
    promised = {
        metric._name: set(re.findall(r"\w+", metric._documentation))
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
    }

    for expression in expressions():
        for name, matchers in SELECTOR.findall(expression):
            base = re.sub("_(bucket|count|sum|total)$", "", name)
            for values in VALUES.findall(matchers):
                assert set(values.split("|")) <= promised.get(base, set()), expression


def test_every_metric_of_ours_has_our_prefix():
    named = [
        metric.name
        for metric in REGISTRY.collect()
        if not metric.name.startswith(("python_", "process_"))
    ]

    assert named
    assert all(name.startswith("holdfast_") for name in named)


def test_histogram_edges_are_those_of_the_targets():
    signals = {signal.histogram: key for key, signal in targets.load().signal.items()}
    histograms = [
        metric
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        and metric._type == "histogram"
        and not metric._labelvalues
    ]

    assert histograms
    for histogram in histograms:
        edges = targets.edges(signals[histogram._name])

        assert tuple(histogram._kwargs["buckets"]) == edges
