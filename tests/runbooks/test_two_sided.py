"""A check has different results in fault and health, or it is blind.

The drill proves it of five pages on the real platform; here every status and every
query is tested in both states.
"""

import io
import re
import shlex
import subprocess

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

import targets
from local.status import PlatformStatus, ProcessStatus
from local.tables import process_table, summary
from runbooks.walker.blocks import Block
from runbooks.walker.pages import page_paths, read_page

NAMES = (
    *("api-1", "api-2", "worker-1", "worker-2", "relay", "scheduler"),
    *("etcd", "broker", "cache", "database-1", "database-2", "database-3"),
    *("prometheus", "alertmanager", "node-exporter"),
)
WELL = ProcessStatus(
    state="running",
    pid=4711,
    address="127.0.0.1:8000",
    healthy=True,
    detail="",
    rss_bytes=1,
    pss_bytes=1,
    uptime_seconds=31.0,
)
ILLS = {
    "held": replace(WELL, state="held", healthy=False, pid=None, detail="held down"),
    "failed": replace(WELL, state="failed", healthy=False, detail="connection refused"),
    "silent": replace(WELL, healthy=False, detail="no answer within 2 s"),
}
STATUS_CHECKS = {
    "api-instance-down": "api-2",
    "worker-down": "worker-1",
    "database-member-down": "database-3",
    "broker-down": "broker",
    "cache-down": "cache",
    "relay-down": "relay",
    "scheduler-down": "scheduler",
    "api-down": "prometheus",
}
"""Page, and one program whose fault its first check must detect."""
BURN = "holdfast:slo_burn:rate"
QUERIES = {
    "api-errors": ('holdfast:slo_bad:ratio{slo="errors",window="5m"}', 0.001, 0.2),
    "api-latency": (f'{BURN}{{slo="latency-events",window="5m"}}', 0.3, 4),
    "database-slow": (f'{BURN}{{slo="db-simple",window="5m"}}', 0.3, 4),
    "jobs-slow": (f'{BURN}{{slo="task",window="5m"}}', 0.3, 4),
    "memory-high": (
        'process_resident_memory_bytes{job="api",instance="api-1"}',
        60_000_000,
        199_000_000,
    ),
    "queue-backlog": ('holdfast_job_oldest_seconds{queue="default"}', 0, 90),
    "replication-lag": (
        'holdfast_replication_lag_seconds{member="database-2"}',
        0,
        90,
    ),
    "metrics-absent": ('up{job="redis",instance="cache"}', 1, 0),
}
"""Page, the series that its first check queries, its value in health and fault."""


def read(name):
    (path,) = [path for path in page_paths() if path.stem == name]
    return read_page(path, targets.load())


def status(**ill):
    found = PlatformStatus(
        processes={name: ill.get(name.replace("-", "_"), WELL) for name in NAMES},
        ready=not ill,
    )
    paper = io.StringIO()
    console = Console(file=paper, width=160)
    console.print(process_table(found))
    console.print(summary(found))
    return paper.getvalue()


def sees(block, output):
    return re.search(block.expect, output, re.MULTILINE)


def leads(block, output):
    for branch in block.branches:
        if re.search(branch.pattern, output, re.MULTILINE):
            return branch.place
    return None


@pytest.mark.parametrize("ill", ILLS)
@pytest.mark.parametrize("name", STATUS_CHECKS)
def test_a_status_distinguishes_fault_from_health(name, ill):
    first = read(name).blocks[0]
    target = STATUS_CHECKS[name]
    sick = status(**{target.replace("-", "_"): ILLS[ill]})

    assert not sees(first, status())
    assert leads(first, status()) == "3"
    found = sees(first, sick)
    assert found
    assert target in {*found.groupdict().values(), target}
    assert leads(first, sick) not in {"3", None}


def run_promtool(promtool, folder, query, series, value):
    """Return the result of promtool's engine; None when nothing matches."""
    case = {
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": series, "values": f"{value}x8"}],
                "promql_expr_test": [
                    {
                        "expr": query,
                        "eval_time": "1m",
                        "exp_samples": [{"labels": "not_this_one", "value": 12345}],
                    }
                ],
            }
        ],
    }
    path = folder / "case.json"
    path.write_bytes(msgspec.json.encode(case))
    done = subprocess.run(
        [promtool, "test", "rules", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    (got,) = re.findall(r"got:\s*(.*)", done.stdout + done.stderr)
    return got


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_distinguishes_fault_from_health(name, promtool, tmp_path):
    series, well, ill = QUERIES[name]
    first: Block = read(name).blocks[0]
    query = shlex.split(first.commands[0])[-1]

    healthy = run_promtool(promtool, tmp_path, query, series, well)
    sick = run_promtool(promtool, tmp_path, query, series, ill)

    assert healthy == "nil"
    assert leads(first, "nothing\n") == ("2b" if name == "metrics-absent" else "3")
    assert sees(first, sick.replace('\\"', '"'))


@pytest.mark.parametrize("name", ["memory-high", "api-errors"])
def test_an_inverted_query_is_detected(name, promtool, tmp_path):
    """Negative control: with the comparison inverted, health looks like a fault."""
    series, well, _ = QUERIES[name]
    query = shlex.split(read(name).blocks[0].commands[0])[-1]

    assert (
        run_promtool(promtool, tmp_path, query.replace(" > ", " < "), series, well)
        != "nil"
    )
