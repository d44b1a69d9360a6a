import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace

import targets
from exchange.outcomes import Moment, Point
from exchange.platforms import Account, Api, LocalDatabase, Platform, Process
from targets.verdict import Verdict
from verify.budget import count_lost_seconds
from verify.checks.availability import check_availability
from verify.checks.duration import check_duration
from verify.checks.histograms import check_histograms, distrust
from verify.checks.leftovers import find_leftovers, find_ports
from verify.checks.memory import check_memory
from verify.evidence import Evidence
from verify.interrupts import Interrupts
from verify.plan import FULL
from verify.stage import Stage, Status

MB = 10**6


class Standing(Stage):
    """A stage that returns one fixed status."""

    def __init__(self, seen: Status) -> None:
        nowhere = Path("/nonexistent")
        super().__init__(nowhere, interrupts=Interrupts(), logs=nowhere)
        self.seen = seen

    def read_status(self) -> Status:
        return self.seen


def status(**memory: int) -> Status:
    return Status(
        ready=True,
        processes={
            name.replace("_", "-"): {"state": "running", "rss_bytes": size * MB}
            for name, size in memory.items()
        },
    )


@pytest.fixture
def gather():
    def gather(seen: Status | None = None, mode="full", **fields) -> Evidence:
        stage = Standing(seen or status())
        evidence = Evidence(targets.load(), stage, mode, FULL)
        for name, value in fields.items():
            setattr(evidence, name, value)
        return evidence

    return gather


def by_target(measurements) -> dict:
    return {m.target: m for m in measurements}


class TestMemory:
    PUBLISHED = Platform(
        api=Api("http://127.0.0.1:8000"),
        processes={
            "api-1": Process("api"),
            "api-2": Process("api"),
            "worker-1": Process("worker"),
        },
    )

    def test_the_highest_sample_counts(self, gather):
        evidence = gather(
            status(api_1=110, api_2=90, worker_1=80, database_1=300),
            published=self.PUBLISHED,
            samples=[status(api_1=90, api_2=201, worker_1=80, database_1=200)],
        )

        found = by_target(check_memory(evidence))

        assert found["limit.api-memory"].verdict is Verdict.MISSED
        assert found["limit.api-memory"].detail.startswith("api-2")
        assert found["limit.worker-memory"].value == 80 * MB
        assert found["limit.platform-memory"].value == 580 * MB

    def test_shared_memory_is_counted_once_in_the_total(self, gather):
        shared = status(api_1=110, database_1=300)
        shared.processes["database-1"]["pss_bytes"] = 120 * MB

        whole = by_target(check_memory(gather(shared, published=self.PUBLISHED)))

        assert whole["limit.platform-memory"].value == 230 * MB

    def test_a_silent_process_leaves_the_total_unmeasured(self, gather):
        evidence = gather(
            status(api_1=110, worker_1=80, etcd=0), published=self.PUBLISHED
        )

        whole = by_target(check_memory(evidence))["limit.platform-memory"]

        assert whole.verdict is Verdict.NOT_MEASURED
        assert "etcd" in whole.detail


class TestAvailability:
    def test_counts_the_failed_share_since_the_fault(self, sample):
        outcome = replace(
            sample("chaos:api-instance-killed"),
            series=[
                Point(at=0, ok=50, failed=50),
                Point(at=1, ok=75, failed=25),
                Point(at=2, ok=0, failed=0),
                Point(at=3, ok=100, failed=0),
            ],
            timeline=[Moment(at=1, what="killed", kind="fault")],
        )

        assert count_lost_seconds(outcome) == pytest.approx(1.25)

    def test_is_a_month_that_holds_every_fault_once(self, gather, sample):
        outcomes = {
            f"chaos:{name}": sample(f"chaos:{name}", outage=20)
            for name in targets.load().proof.chaos
        }

        found = by_target(check_availability(gather(outcomes=outcomes)))

        lost = 1 - found["slo.availability"].value
        assert lost * 30 * 86400 == pytest.approx(6 * 20)
        assert found["slo.availability"].verdict is Verdict.MET

    def test_a_fault_that_was_not_tried_leaves_it_unmeasured(self, gather, sample):
        only = sample("chaos:api-instance-killed")

        found = check_availability(gather(outcomes={only.source: only}))

        assert {m.verdict for m in found} == {Verdict.NOT_MEASURED}
        assert "database-host-killed" in found[0].detail

    def test_faults_that_cost_more_than_the_stretch_goal_miss_it(self, gather, sample):
        long = [Point(at=10.0 + n, ok=0, failed=9) for n in range(300)]
        outcomes = {
            f"chaos:{name}": replace(sample(f"chaos:{name}"), series=long, timeline=[])
            for name in targets.load().proof.chaos
        }

        found = by_target(check_availability(gather(outcomes=outcomes)))

        assert found["slo.availability"].verdict is Verdict.MET
        assert found["slo.availability-stretch"].verdict is Verdict.MISSED


class TestHistograms:
    def test_counts_under_an_invalid_load_prove_neither_way(self, sample):
        for found in sample("check:server-histograms").measurements:
            doubted = distrust(found, "load:steady")

            assert doubted.verdict is Verdict.INVALID
            assert doubted.detail.endswith("counted while load:steady was invalid")

    def test_are_not_measured_when_no_load_ran(self, gather):
        found = check_histograms(gather())

        assert {m.verdict for m in found} == {Verdict.NOT_MEASURED}


class TestDuration:
    def test_is_judged_by_the_target_of_its_mode_only(self, gather):
        found = by_target(check_duration(gather(mode="quick")))

        assert found["limit.verify-quick-duration"].verdict is Verdict.MET
        assert found["limit.verify-duration"].verdict is Verdict.NOT_MEASURED

    def test_a_run_that_took_too_long_is_missed(self, gather):
        evidence = gather(mode="quick")
        evidence.began -= 200

        found = by_target(check_duration(evidence))

        assert found["limit.verify-quick-duration"].verdict is Verdict.MISSED


class TestLeftovers:
    def test_finds_a_process_a_port_and_a_file(self, tmp_path):
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "api-1.log").write_text("x")
        code = "import time; time.sleep(60)"
        child = subprocess.Popen([sys.executable, "-c", code])
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            left = list(find_leftovers([psutil.Process(child.pid)], {port}, tmp_path))
        child.kill()
        child.wait()

        assert left == [f"process {child.pid}", f"port {port}", "file logs/api-1.log"]
        gone = list(find_leftovers([], {port}, tmp_path / "never"))
        assert gone == []

    def test_every_published_port_is_read(self, published):
        platform = published(
            processes={"database-1": Process("database", port=5432)},
            database=LocalDatabase(
                "holdfast",
                ("127.0.0.1:5433", "127.0.0.1:5434"),
                {},
                Account("patroni", "secret"),
            ),
        )

        assert find_ports(platform) == {8000, 5432, 5433, 5434}
