"""The rules' assumptions about the platform on one machine are true."""

import json

import pytest

from dashboards.rendering import RENDERED
from dashboards.routing.alertmanager import ADDRESS
from dashboards.rules.components import EXPORTERS
from dashboards.rules.files import rule_groups
from dashboards.rules.model import Alert
from dashboards.rules.predictions import SCRAPE_SECONDS, predictions
from local import prometheus
from local.extras import EXTRAS
from targets import load


@pytest.fixture(scope="module")
def alerts():
    return [
        rule
        for groups in rule_groups(load()).values()
        for group in groups
        for rule in group.rules
        if isinstance(rule, Alert)
    ]


def test_firing_times_are_predicted_for_the_scrape_interval():
    assert SCRAPE_SECONDS == prometheus.SCRAPE_SECONDS


def test_every_alert_is_predicted_and_published(alerts):
    published = json.loads((RENDERED / "predictions.json").read_text())

    assert set(published) == {alert.alert for alert in alerts}
    assert set(published) == set(predictions(load()))


def test_a_component_that_is_down_is_notified_within_two_minutes():
    down = {name: p for name, p in predictions(load()).items() if name.endswith("Down")}

    assert down
    for prediction in down.values():
        assert prediction.seconds_after_total_failure < 120
        assert prediction.resolves_within_seconds < 60


def test_the_rendered_routes_lead_to_the_platforms_receiver():
    rendered = (RENDERED / "alertmanager.yml").read_text()
    told = prometheus.alertmanager_configuration(rendered, "http://127.0.0.1:1")

    assert prometheus.NOWHERE == ADDRESS
    assert ADDRESS not in told
    assert "http://127.0.0.1:1/page/api" in told


def test_every_exporter_of_the_rules_can_be_fetched():
    fetched = {name.removesuffix("-exporter") for name in EXTRAS if "exporter" in name}

    assert set(EXPORTERS) == fetched
