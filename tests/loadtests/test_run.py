"""The command, run as a user would, against a real server."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from exchange.outcomes import read_outcome
from targets.verdict import Verdict


@pytest.fixture
def steady(loadtests, tmp_path):
    def run(url, *, rate, duration, metrics=True):
        arguments = ["--host", url, "--rate", str(rate), "--duration", duration]
        arguments += ["--warm-up", "1s"]
        if metrics:
            arguments += ["--metrics", f"{url}/metrics"]
        out = tmp_path / "outcome.json"
        ended = loadtests("run", "steady", *arguments, "--out", str(out))
        assert out.exists(), ended.stderr
        return ended.returncode, read_outcome(out)

    return run


def test_a_valid_run_reports_its_figures_and_settings(stub, steady):
    with stub() as url:
        _, outcome = steady(url, rate=60, duration="4s")

    (phase,) = outcome.facts["phases"]
    assert outcome.invalid_because == []
    assert {m.target: m.verdict for m in outcome.measurements}[
        "slo.latency-events"
    ] is Verdict.MET
    assert phase["rate_scheduled"] == 60
    assert phase["lag_seconds"]["p99"] < 0.01
    assert len(outcome.series) >= 4
    assert outcome.facts["seed"] is not None
    assert outcome.facts["machine"]["shared_with_servers"]


def test_five_percent_errors_are_missed(stub, steady):
    with stub(errors=0.05) as url:
        code, outcome = steady(url, rate=60, duration="4s")

    verdicts = {m.target: m.verdict for m in outcome.measurements}
    assert verdicts["slo.errors"] is Verdict.MISSED
    assert (code, outcome.verdict) == (1, Verdict.MISSED)


def test_a_server_with_a_different_count_makes_the_run_invalid(stub, steady):
    with stub(counted=0.9) as url:
        code, outcome = steady(url, rate=60, duration="3s")

    assert (code, outcome.verdict) == (4, Verdict.INVALID)
    assert "more than 1 % apart" in "; ".join(outcome.invalid_because)
    assert {m.verdict for m in outcome.measurements} == {Verdict.INVALID}


def test_a_run_without_server_counters_is_invalid(stub, steady):
    with stub() as url:
        code, outcome = steady(url, rate=60, duration="3s", metrics=False)

    assert code == 4
    assert "unconfirmed" in "; ".join(outcome.invalid_because)


def test_a_rate_that_the_generator_cannot_keep_makes_the_run_invalid(stub, steady):
    with stub() as url:
        code, outcome = steady(url, rate=8000, duration="2s")

    assert (code, outcome.verdict) == (4, Verdict.INVALID)
    behind = ("requests left late", "arrivals were sent")
    assert any(sign in flaw for flaw in outcome.invalid_because for sign in behind), (
        outcome.invalid_because
    )


def test_smoke_is_missed_for_wrong_responses_and_for_uncalled_routes(
    stub, loadtests, tmp_path
):
    out = tmp_path / "outcome.json"
    with stub(wrong=True) as url:
        ended = loadtests(
            "run",
            "smoke",
            "--host",
            url,
            "--metrics",
            f"{url}/metrics",
            "--out",
            str(out),
        )

    assert ended.returncode == 1
    assert "not newest first" in ended.stderr
    assert read_outcome(out).facts["routes_untested"] == ["PUT /api/v1/me"]


def test_a_revocation_may_reach_other_instances_later(stub, loadtests, tmp_path):
    out = tmp_path / "outcome.json"
    with stub(believes=2) as url:
        where = ("--host", url, "--metrics", f"{url}/metrics", "--out", str(out))
        loadtests("run", "smoke", *where)

    (phase,) = read_outcome(out).facts["phases"]
    assert not any("wanted 401" in reason for reason in phase["failure_reasons"])


def test_an_unreachable_host_prints_one_sentence_and_exits_two(loadtests):
    ended = loadtests("run", "steady", "--host", "http://127.0.0.1:9")

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert "127.0.0.1:9" in ended.stderr


def test_a_missing_platform_prints_how_to_start_one(loadtests):
    ended = loadtests("run", "smoke")

    assert ended.returncode == 2
    assert "task up" in ended.stderr


def test_a_wrong_option_exits_two(loadtests):
    assert loadtests("run", "nonsense").returncode == 2


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_process_behind(stub, tmp_path, ending):
    with stub() as url:
        command = [sys.executable, "-m", "loadtests", "run", "steady", "--host", url]
        environment = os.environ | {"HOLDFAST_STATE": str(tmp_path)}
        with subprocess.Popen(
            [*command, "--processes", "2"], env=environment, stderr=subprocess.DEVNULL
        ) as process:
            generators = wait_for_children(process.pid)
            process.send_signal(ending)
            assert process.wait(timeout=20) == 130

    gone, alive = psutil.wait_procs(generators, timeout=5)
    assert len(gone) >= 3
    assert alive == []


def wait_for_children(pid):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        children = psutil.Process(pid).children(recursive=True)
        if len(children) >= 3:
            return children
        time.sleep(0.05)
    pytest.fail("no generator was started")
