"""All rules together: silent on a healthy platform, firing in a total outage."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

import targets
from dashboards.naming import alert_name
from dashboards.rendering import RENDERED
from dashboards.rules.absence import SIGNALS
from dashboards.rules.components import EXPORTERS
from dashboards.rules.events import edge_text
from local.binaries import find_binaries
from local.extras import EXTRAS
from local.plan import Plan
from local.prometheus import prometheus_configuration

HISTOGRAM = "holdfast_http_request_duration_seconds"
ROUTE = 'job="api",instance="api-1",route="/api/v1/events",method="GET"'
PROGRAMS = ("api", "worker", "relay", "scheduler", "patroni", *EXPORTERS)
BEFORE, AFTER = 30, 30
"""Minutes of good requests, then of failing ones."""


def requests(status, values):
    """Return fast responses with this many per minute."""
    labels = f'{ROUTE},status="{status}"'
    edges = [edge_text(Decimal(str(edge))) for edge in targets.edges("http")]
    return {f"{HISTOGRAM}_count{{{labels}}}": values} | {
        f'{HISTOGRAM}_bucket{{{labels},le="{edge}"}}': values for edge in edges
    }


def well():
    """Return a healthy platform: every program up, every signal present, no errors."""
    steady = {f'up{{job="{job}",instance="{job}"}}': 1 for job in PROGRAMS}
    steady |= {selector: 0 for _, selector in SIGNALS.values()}
    steady |= {
        'patroni_postgres_running{job="patroni"}': 1,
        'patroni_primary{job="patroni"}': 1,
        'redis_up{job="redis"}': 1,
        'probe_success{job="blackbox"}': 1,
        'node_filesystem_avail_bytes{job="node"}': 900,
        'node_filesystem_size_bytes{job="node"}': 1000,
    }
    series = {name: f"{value}+0x{BEFORE + AFTER}" for name, value in steady.items()}
    return series | requests("200", f"0+600x{BEFORE + AFTER}")


def outage():
    """Return the same until every request fails."""
    good = f"0+600x{BEFORE} {600 * BEFORE}+0x{AFTER - 1}"
    bad = f"0+0x{BEFORE} 600+600x{AFTER - 1}"
    return well() | requests("200", good) | requests("503", bad)


@pytest.fixture
def firing(promtool, tmp_path):
    """Return the names of alerts that fire at a minute, as promtool reports them."""

    def ask(series, minute):
        query = 'ALERTS{alertstate="firing"}'
        case = {
            "rule_files": [str(path) for path in sorted(RENDERED.glob("*.rules.yml"))],
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": [
                        {"series": name, "values": values}
                        for name, values in series.items()
                    ],
                    "promql_expr_test": [
                        {"expr": query, "eval_time": f"{minute}m", "exp_samples": []}
                    ],
                }
            ],
        }
        file = tmp_path / "case.yml"
        file.write_text(json.dumps(case))
        done = subprocess.run(
            [promtool.program, "test", "rules", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0 or "got:" in output, output
        return {part.partition('"')[0] for part in output.split('alertname="')[1:]}

    return ask


def test_nothing_fires_on_a_healthy_platform(firing):
    assert firing(well(), BEFORE + AFTER - 1) == set()


def test_a_total_outage_pages_by_threshold_and_by_budget(firing):
    """1.44 % of an hour is 52 s, then the tier waits for two minutes."""
    burn, make_query = alert_name("errors", "budget-burn"), alert_name("error-rate")

    assert firing(outage(), BEFORE + 1) == set()
    assert burn in firing(outage(), BEFORE + 5)
    assert {burn, make_query} <= firing(outage(), BEFORE + 8)


def test_a_platform_without_metrics_fires_absence_alerts(firing):
    """No series at all: every alert about absence, none that needs a number."""
    found = firing({"unrelated": "1+0x60"}, 30)

    assert found == {
        alert_name(name)
        for name in (
            "api-absent",
            "database-leader-absent",
            "relay-down",
            "scheduler-down",
            "exporter-down",
            "signal-absent",
        )
    }


@pytest.mark.parametrize("release", [0, 1])
def test_both_releases_load_the_platforms_configuration(promtools, release, tmp_path):
    """Scrape jobs, Alertmanager and every rule, as `./task up` writes them."""
    tools = {name: Path(f"/usr/bin/{name}") for name in EXTRAS}
    plan = Plan(
        port_base=9000,
        started="2026-11-20T12:00:00Z",
        binaries=find_binaries(),
        tools=tools,
    )
    mine = [job for job in PROGRAMS if job not in ("redis", "blackbox")]
    jobs = {job: {job: f"127.0.0.1:{port}"} for port, job in enumerate(mine, 9000)}
    file = tmp_path / "prometheus.yml"
    file.write_text(
        prometheus_configuration(plan, jobs, rules=RENDERED / "*.rules.yml")
    )

    done = subprocess.run(
        [promtools[release].program, "check", "config", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("rules found") == len(list(RENDERED.glob("*.rules.yml")))
