"""Metrics that releases, autoscalers and scrapes on Kubernetes read are exported."""

from pathlib import Path

import pytest
from infra.canary_analysis import BUCKET, COUNT, ROUTES
from infra.observability.database_metrics import MEMBERS, RECORDS, SERVERS
from infra.observability.scraping import PROGRAMS, STORES
from infra.queue_scaling import OLDEST, WAITING

from api.kernel import metrics
from dashboards.rules import absence, components, events

RENDERED = Path(__file__).parents[2] / "dashboards" / "rendered"


@pytest.mark.parametrize(
    ("metric", "asked"),
    [
        (metrics.JOB_OLDEST, OLDEST),
        (metrics.JOBS_WAITING, WAITING),
        (metrics.HTTP_DURATION, COUNT),
        (metrics.HTTP_DURATION, BUCKET),
    ],
)
def test_a_metric_that_is_read_is_declared(metric, asked):
    assert metric.describe()[0].name in asked


def test_a_release_is_judged_by_the_budgets_routes_and_unmatched_requests():
    assert events.PUBLIC.removesuffix('"') + '|unmatched"' == ROUTES


def test_every_job_of_the_rules_is_scraped():
    asked = {source for source, _ in absence.SIGNALS.values()} | {*components.EXPORTERS}
    scraped = {*PROGRAMS, "patroni", "postgres", "redis", "node", "blackbox"}

    assert asked <= scraped


def test_the_stores_have_the_names_that_the_rules_use():
    rules = (RENDERED / "alerts.rules.yml").read_text(encoding="utf-8")

    assert all(f'redis_up{{instance="{store}"}}' in rules for store in STORES)


@pytest.mark.parametrize("prefix", ["patroni_", "pg_"])
def test_every_metric_of_the_database_has_a_source(prefix):
    given = {*MEMBERS.values(), *SERVERS.values(), *RECORDS}
    texts = [path.read_text(encoding="utf-8") for path in RENDERED.iterdir()]
    declared = (RENDERED.parent / "proof" / "metrics" / "exporters.toml").read_text(
        "utf-8"
    )
    known = {
        word
        for word in declared.replace("=", " ").split()
        if word.startswith(prefix) and any(word in text for text in texts)
    }

    assert known
    assert known <= given
