"""Prometheus itself reads the rules, and they fire when they should."""

import json
import subprocess

import pytest

from dashboards.naming import alert_name
from dashboards.rendering import RENDERED

COUNT = "holdfast_http_request_duration_seconds_count"
ROUTE = 'route="/api/v1/events",method="GET"'
HOUR = 60


def outage(*, healthy_minutes):
    """Ten good requests a second, then as many failing ones and none that is good."""
    good = f"0+600x{healthy_minutes} {600 * healthy_minutes}+0x{2 * HOUR}"
    bad = f"0+0x{healthy_minutes} 0+600x{2 * HOUR}"
    return [
        {"series": f'{COUNT}{{{ROUTE},status="200"}}', "values": good},
        {"series": f'{COUNT}{{{ROUTE},status="503"}}', "values": bad},
    ]


def failing(share_of_600):
    """A steady share of failures among ten requests a second."""
    return [
        {
            "series": f'{COUNT}{{{ROUTE},status="200"}}',
            "values": f"0+{600 - share_of_600}x{3 * HOUR}",
        },
        {
            "series": f'{COUNT}{{{ROUTE},status="503"}}',
            "values": f"0+{share_of_600}x{3 * HOUR}",
        },
    ]


@pytest.fixture
def firing(promtool, tmp_path):
    """Ask promtool whether an alert of one severity fires at a minute."""

    def ask(series, alert, minute, *, severity, folder=RENDERED):
        case = {
            "rule_files": [str(path) for path in sorted(folder.glob("*.rules.yml"))],
            "evaluation_interval": "15s",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": series,
                    "promql_expr_test": [
                        {
                            "expr": "count(ALERTS{"
                            f'alertname="{alert}",severity="{severity}",'
                            'alertstate="firing"}) or vector(0)',
                            "eval_time": f"{minute}m",
                            "exp_samples": [{"labels": "{}", "value": 0}],
                        }
                    ],
                }
            ],
        }
        file = tmp_path / "case.yml"
        file.write_text(json.dumps(case))
        done = subprocess.run(
            [promtool, "test", "rules", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0 or "got:" in said, said
        return done.returncode != 0

    return ask


def test_prometheus_accepts_every_rule_file(promtool):
    files = [str(path) for path in RENDERED.glob("*.rules.yml")]

    done = subprocess.run(
        [promtool, "check", "rules", "--lint=all", "--lint-fatal", *files],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_total_outage_pages_within_minutes_and_not_before(firing):
    """1.44 % of an hour is 52 s; then the tier waits for 2 m (rounded to samples)."""
    series, alert = outage(healthy_minutes=60), alert_name("errors", "budget-burn")

    assert not firing(series, alert, 62, severity="page")
    assert firing(series, alert, 65, severity="page")


def test_an_outage_in_which_nothing_succeeds_is_not_silence(firing):
    """Without a single good series the ratio must be 1, not absent."""
    series = [s for s in outage(healthy_minutes=0) if "503" in s["series"]]

    assert firing(series, alert_name("error-rate"), 15, severity="page")


def test_errors_within_the_promise_wake_nobody(firing):
    series = failing(0)

    for alert in (alert_name("errors", "budget-burn"), alert_name("error-rate")):
        assert not firing(series, alert, 170, severity="page")
        assert not firing(series, alert, 170, severity="ticket")


def test_the_guard_fires_over_its_line_and_not_under_it(firing, promised):
    line = promised.alert["error-rate"].value * 600
    alert = alert_name("error-rate")

    assert firing(failing(round(line * 1.5)), alert, 30, severity="page")
    assert not firing(failing(round(line * 0.5)), alert, 30, severity="page")


@pytest.mark.parametrize(
    ("metric", "alert"),
    [
        ("holdfast_replication_lag_seconds", "replication-lag"),
        ("holdfast_job_oldest_seconds", "queue-age"),
    ],
)
def test_limits_fire_over_their_line_and_not_under_it(firing, promised, metric, alert):
    told = promised.alert[alert]
    line = told.value * promised.find(told.watches).value
    labels = 'member="database-2",queue="default"'

    for factor, expected in ((1.1, True), (0.9, False)):
        series = [
            {"series": f"{metric}{{{labels}}}", "values": f"{line * factor}+0x30"}
        ]
        assert firing(series, alert_name(alert), 20, severity="page") is expected, (
            factor
        )


@pytest.mark.parametrize(
    ("job", "alert"), [("api", "api-absent"), ("relay", "relay-down")]
)
def test_a_vanished_program_pages_whatever_the_others_still_export(firing, job, alert):
    """Every process exports every unlabelled gauge; only `up` tells who is there."""
    series = [
        {"series": f'up{{job="{job}",instance="{job}-1"}}', "values": "1x10 0x30"},
        {"series": 'holdfast_outbox_unpublished{job="worker"}', "values": "0x40"},
    ]
    alert = alert_name(alert)

    assert not firing(series, alert, 10, severity="page")
    assert firing(series, alert, 20, severity="page")


def test_a_pool_that_is_nearly_lent_out_pages(firing, promised):
    most = promised.capacity["db-pool-max"].value
    line = promised.alert["db-connections"].value * most
    labels = 'pool="primary",instance="api-1",job="api"'
    name = "holdfast_db_pool_connections"

    for lent, expected in ((line + 1, True), (line - 1, False)):
        series = [
            {"series": f'{name}{{{labels},state="lent"}}', "values": f"{lent}+0x30"},
            {"series": f'{name}{{{labels},state="max"}}', "values": f"{most}+0x30"},
        ]
        assert (
            firing(series, alert_name("db-connections"), 20, severity="page")
            is expected
        )


def test_a_rule_with_a_lost_zero_is_caught_by_these_tests(firing, tmp_path):
    """Planted defect: good events absent in a total outage, so the alert is blind."""
    folder = tmp_path / "mutant"
    folder.mkdir()
    for path in RENDERED.glob("*.rules.yml"):
        lines = path.read_text().splitlines(keepends=True)
        text = "".join(line.split(" or 0 * ")[0].rstrip() + "\n" for line in lines)
        (folder / path.name).write_text(text)
    series = [s for s in outage(healthy_minutes=0) if "503" in s["series"]]

    assert not firing(
        series, alert_name("error-rate"), 15, severity="page", folder=folder
    )
