"""Every alert has one page, every page lists its alerts, and the links agree."""

from collections import Counter
from pathlib import Path

import pytest

import targets
from chaos.drills.catalog import DRILLS
from chaos.drills.predictions import read_prediction
from dashboards.rendering import RENDERED
from dashboards.rules.files import rule_groups
from dashboards.rules.model import Alert
from runbooks.walker.pages import page_paths, read_page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def alerts():
    return [
        rule
        for groups in rule_groups(targets.load()).values()
        for group in groups
        for rule in group.rules
        if isinstance(rule, Alert)
    ]


@pytest.fixture(scope="module")
def pages():
    return {path.stem: read_page(path, targets.load()).front for path in page_paths()}


def test_every_alert_is_on_exactly_one_page(alerts, pages):
    listed = Counter(alert for page in pages.values() for alert in page.alerts)

    assert set(listed) == {alert.alert for alert in alerts}
    assert set(listed.values()) == {1}


def test_an_alert_leads_to_the_page_that_lists_it(alerts, pages):
    for alert in alerts:
        page = Path(alert.annotations["runbook"])

        assert (ROOT / page).is_file()
        assert alert.alert in pages[page.stem].alerts


def test_a_page_has_the_severity_of_its_most_severe_alert(alerts, pages):
    gravest = {alert.alert for alert in alerts if alert.labels["severity"] == "page"}

    for name, page in pages.items():
        pages_somebody = bool(gravest & set(page.alerts))

        assert (page.severity == "page") is pages_somebody, name


def test_every_alert_names_an_existing_target_and_a_rendered_board(alerts):
    everything = targets.load().all()

    for alert in alerts:
        assert alert.labels["target"] in everything
        assert (RENDERED / f"{alert.annotations['dashboard']}.json").is_file()


def test_every_drill_waits_for_an_alert_that_leads_to_its_page(alerts, pages):
    known = {alert.alert: alert for alert in alerts}

    assert list(DRILLS) == list(targets.load().proof.drill)
    for name, drill in DRILLS.items():
        alert = known[drill.alert]
        target = targets.load().find(alert.labels["target"])

        assert alert.annotations["runbook"] == f"runbooks/{drill.page}.md"
        assert pages[drill.page].drill == name
        assert f"drill:{name}" in target.proof


def test_every_drill_knows_when_its_alert_must_fire_and_resolve(alerts):
    for drill in DRILLS.values():
        prediction = read_prediction(drill.alert)
        rule = next(alert for alert in alerts if alert.alert == drill.alert)

        assert prediction.target == rule.labels["target"]
        assert prediction.runbook == rule.annotations["runbook"]
        assert prediction.resolves_within_seconds > 0
        detected = targets.load().find("recovery.drill-detected").value
        assert 0 < prediction.seconds_after_total_failure <= detected
