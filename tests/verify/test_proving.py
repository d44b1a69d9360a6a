"""Whole runs, with small programs in place of the platform, suites and faults."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest
from rich.console import Console

from exchange.outcomes import read_outcome, write_outcome
from targets.verdict import Verdict
from verify.proving import INTERRUPTED, Request, prove
from verify.steps import Kind, Step, check

# A platform of one sleeping process. LEAVE makes `down` forget it, FAIL breaks `up`.
LOCAL = """
import json, os, shutil, signal, subprocess, sys, time
from pathlib import Path

state = Path(os.environ["HOLDFAST_STATE"]) / "state"
pid_file = state / "pid"
match sys.argv[1]:
    case "up":
        if os.environ.get("FAIL"):
            sys.exit("port 5432 is busy")
        state.mkdir(parents=True)
        sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
        child = subprocess.Popen(
            sleep, start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        pid_file.write_text(str(child.pid))
        (state / "platform.json").write_text(PUBLISHED)
    case "status":
        facts = {"state": "running", "pid": int(pid_file.read_text()), "rss_bytes": 7}
        print(json.dumps({"ready": True, "processes": {"api-1": facts}}))
    case "down":
        if not os.environ.get("LEAVE"):
            os.kill(int(pid_file.read_text()), signal.SIGKILL)
            shutil.rmtree(state)
"""

# Copies a prepared outcome, or fails as requested.
SUITE = """
import shutil, signal, subprocess, sys, time
from pathlib import Path

manner, outcome, _, out = sys.argv[1:]
match manner:
    case "crash":
        raise SystemExit("boom: relation jobs does not exist")
    case "usage":
        print("no option --out")
        sys.exit(2)
    case "garbled":
        Path(out).write_text("{")
    case "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(out).with_suffix(".pids").write_text(str(child.pid))
        time.sleep(600)
    case "write":
        shutil.copy(outcome, out)
"""


@pytest.fixture
def programs(tmp_path, monkeypatch, published) -> Path:
    monkeypatch.setenv("HOLDFAST_STATE", str(tmp_path / "state-root"))
    document = msgspec.json.encode(published()).decode()
    (tmp_path / "local.py").write_text(LOCAL.replace("PUBLISHED", repr(document)))
    (tmp_path / "suite.py").write_text(SUITE)
    return tmp_path


@pytest.fixture
def step(programs, sample):
    """Return a step whose program writes the sample outcome, or misbehaves."""

    def build(source: str, manner: str = "write", **changes) -> Step:
        kind, _, name = source.partition(":")
        prepared = programs / f"prepared-{name}.json"
        write_outcome(sample(source, **changes), prepared)
        return Step(
            kind=msgspec.convert(kind, Kind),
            name=name,
            title=name,
            expected_seconds=1,
            command=(
                sys.executable,
                str(programs / "suite.py"),
                manner,
                str(prepared),
            ),
            slack_seconds=0 if manner == "hang" else 60,
        )

    return build


@pytest.fixture
def run(programs):
    def run(*steps: Step, **options) -> int:
        request = Request(
            steps=steps,
            mode="chosen",
            folder=programs / "state-root" / "results" / "run",
            local=(sys.executable, str(programs / "local.py")),
            **options,
        )
        with (programs / "printed").open("w") as printed:
            return prove(request, Console(file=printed, width=160))

    return run


def outcome(programs: Path, name: str):
    return read_outcome(programs / "state-root" / "results" / "run" / f"{name}.json")


def scorecard(programs: Path) -> dict:
    record = json.loads(
        (programs / "state-root" / "results" / "run" / "scorecard.json").read_text()
    )
    return {line["target"]: line for line in record["scorecard"]["lines"]}


START = check("start", "Start", 5)
LEFTOVERS = check("leftovers", "Stop", 5)
STEADY = "load:steady"
KILLED = "chaos:database-process-killed"


class TestExitCodes:
    def test_0_when_all_planned_targets_are_met(self, run, step, programs):
        code = run(START, step(STEADY), step(KILLED), LEFTOVERS)

        assert code == 0
        assert scorecard(programs)["recovery.platform-start"]["verdict"] == "met"
        assert scorecard(programs)["limit.leftovers"]["verdict"] == "met"
        printed = (programs / "printed").read_text()
        assert "✓ met" in printed
        assert "recovery.lost-writes" in printed

    def test_1_when_strict_and_something_is_not_measured(self, run, step):
        assert run(step(STEADY), strict=True) == 1

    def test_1_when_something_is_missed(self, run, step):
        assert run(step(STEADY), step(KILLED, verdict=Verdict.MISSED)) == 1

    @pytest.mark.parametrize(
        ("manner", "why"),
        [
            ("crash", "was not written; its last words: boom: relation jobs"),
            ("usage", "it crashed: no option --out"),
            ("garbled", "is not an outcome"),
            ("silent", "was not written"),
            ("hang", "it hung and was stopped"),
        ],
    )
    def test_4_when_a_suite_leaves_no_valid_outcome(
        self, run, step, programs, manner, why
    ):
        code = run(step(STEADY, manner), step(KILLED))

        assert code == 4
        assert why in outcome(programs, "load-steady").invalid_because[0]
        assert scorecard(programs)["slo.latency"]["verdict"] == "invalid"
        assert scorecard(programs)["recovery.restored"]["verdict"] == "met"

    def test_4_when_the_platform_does_not_start(self, run, step, programs, monkeypatch):
        monkeypatch.setenv("FAIL", "1")

        code = run(START, step(STEADY))

        assert code == 4
        why = outcome(programs, "load-steady").invalid_because[0]
        assert "port 5432 is busy" in why

    def test_4_when_an_outcome_belongs_to_another_suite(self, run, step, programs):
        (programs / "other.json").write_text("")
        stranger = step(STEADY, name="capacity")

        assert run(stranger) == 4


class TestThePlatform:
    def test_is_stopped_after_the_run(self, run, step, programs):
        run(step(STEADY))

        assert not (programs / "state-root" / "state").exists()

    def test_is_left_when_asked_and_joined_by_the_next_run(self, run, step, programs):
        run(START, step(STEADY), LEFTOVERS, keep_running=True)
        pid = int((programs / "state-root" / "state" / "pid").read_text())

        code = run(START, step(STEADY), LEFTOVERS)

        assert code == 0
        assert psutil.pid_exists(pid)
        lines = scorecard(programs)
        assert lines["recovery.platform-start"]["verdict"] == "not_measured"
        assert lines["limit.leftovers"]["verdict"] == "not_measured"
        os.kill(pid, signal.SIGKILL)

    def test_that_leaves_something_behind_is_reported(
        self, run, step, programs, monkeypatch
    ):
        monkeypatch.setenv("LEAVE", "1")

        code = run(step(STEADY), LEFTOVERS)

        pid = int((programs / "state-root" / "state" / "pid").read_text())
        os.kill(pid, signal.SIGKILL)
        left = scorecard(programs)["limit.leftovers"]
        assert code == 1
        assert left["verdict"] == "missed"
        assert f"process {pid}, file pid, file platform.json" in left["detail"]


class TestResults:
    def test_are_a_folder_that_latest_points_at(self, run, step, programs):
        run(step(STEADY))

        latest = programs / "state-root" / "results" / "latest"
        assert latest.is_symlink()
        assert {path.name for path in latest.iterdir()} >= {
            "scorecard.json",
            "junit.xml",
            "report.html",
            "load-steady.json",
            "load-steady.log",
        }

    def test_name_the_machine_and_the_commit(self, run, step, programs):
        run(step(STEADY))

        record = json.loads(
            (
                programs / "state-root" / "results" / "latest" / "scorecard.json"
            ).read_text()
        )
        assert record["machine"]["cores"] > 0
        assert record["machine"]["commit"]
        assert record["exit_code"] == 0


DRIVER = """
import sys
from pathlib import Path
from rich.console import Console
from verify.proving import Request, prove
from verify.steps import Step

root = Path(sys.argv[1])
hanging = Step(
    kind="load", name="steady", title="hangs", expected_seconds=300,
    command=(sys.executable, str(root / "suite.py"), "hang", ""),
)
sys.exit(prove(
    Request(
        steps=(hanging,), mode="chosen", folder=root / "state-root" / "results" / "run",
        local=(sys.executable, str(root / "local.py")),
    ),
    Console(),
))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_stops_children_and_the_platform(programs, number):
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(programs)], stdout=subprocess.DEVNULL
    )
    pids = wait_for(programs / "state-root" / "results" / "run" / "load-steady.pids")
    platform = wait_for(programs / "state-root" / "state" / "pid")

    driver.send_signal(number)

    assert driver.wait(30) == INTERRUPTED
    for pid in (pids, platform):
        assert not psutil.pid_exists(pid) or (
            psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        )
    assert not (programs / "state-root" / "state").exists()


def wait_for(path: Path) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.02)
    pytest.fail(f"{path} did not appear")
