"""A whole drill against a fake platform, fake alerts and a fake page."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from chaos.drills.alerts import Sources
from chaos.drills.drill import Drill
from chaos.drills.pages import PageFailed, PageRun, Step
from chaos.drills.predictions import Prediction, PredictionMissing, read_prediction
from chaos.drills.runner import run_drill
from chaos.environments.environment import Member, Process, Status
from chaos.environments.fault_targets import LocalFaultTarget
from exchange.outcomes import read_outcome
from targets import load
from targets.verdict import Verdict

ALERT = "HoldfastWorkerDown"
FIRES = 20.0
"""Seconds; generous, for the machine may be busy."""


@dataclass
class Place:
    """An environment whose only host is a sleeping process."""

    api_url: str
    pid: int
    pace: float = 1.0
    name: str = "test"
    api_instances: tuple[str, ...] = ()
    workers: tuple[str, ...] = ("sleeper",)
    machine: dict[str, int] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    async def status(self) -> Status:
        healthy = Process(state="running", healthy=not self.held)
        return Status(processes={"sleeper": healthy}, ready=not self.held)

    async def members(self) -> list[Member]:
        return [
            Member(name="database-1", role="leader", streaming=True),
            Member(name="database-2", role="synchronous", streaming=True),
        ]

    async def find(self, *names: str) -> list[LocalFaultTarget]:
        return [LocalFaultTarget(name, [psutil.Process(self.pid)]) for name in names]

    def hold(self, name: str) -> None:
        self.held.add(name)

    def release(self, name: str) -> None:
        self.held.discard(name)


@dataclass
class Alerts:
    """Prometheus and Alertmanager in one; each field is a planted defect."""

    place: Place
    alert: str = ALERT
    stays: bool = False
    told: bool = True
    fired: bool = False

    def standing(self) -> bool:
        self.fired = self.fired or bool(self.place.held)
        return bool(self.place.held) or (self.stays and self.fired)

    def answer(self, path: str) -> object:
        labels = {"alertname": self.alert, "instance": "sleeper"}
        known = [{"labels": labels, "state": "firing"}] if self.standing() else []
        if path == "/api/v1/alerts":
            return {"data": {"alerts": known}}
        return known if self.told else []


@dataclass
class PageOfTest:
    """A page that reports the hold and lifts it, unless a defect is set."""

    place: Place
    blind: bool = False
    helpless: bool = False
    silent: bool = False

    def _step(self, kind: str, *, matched: bool | None) -> Step:
        return Step(kind, kind, "1", "command", 0, "", matched, 0.1, time.time())

    async def probe(self, page: str) -> PageRun:
        if self.silent:
            raise PageFailed("it crashed")
        ill = bool(self.place.held) or self.blind
        check = self._step("check", matched=ill)
        verify = self._step("verify", matched=not self.place.held)
        return PageRun(page, "nowhere to go", {}, [check, verify])

    async def follow(self, page: str) -> PageRun:
        if self.helpless:
            return PageRun(page, "still ill", {}, [self._step("act", matched=None)])
        act = self._step("act", matched=None)
        self.place.held.clear()
        return PageRun(page, "better", {}, [act, self._step("verify", matched=True)])


class Handler(BaseHTTPRequestHandler):
    alerts: Alerts

    def do_GET(self):
        body = json.dumps(self.alerts.answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Keep the test output free of access logs."""


@pytest.fixture
def place(url) -> Iterator[Place]:
    with subprocess.Popen(["/bin/sleep", "600"]) as process:
        yield Place(url, process.pid)
        process.kill()


@pytest.fixture
def alerts(place) -> Alerts:
    return Alerts(place)


@pytest.fixture
def page(place) -> PageOfTest:
    return PageOfTest(place)


@pytest.fixture
def sources(alerts) -> Iterator[Sources]:
    handler = type("Bound", (Handler,), {"alerts": alerts})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        at = f"http://127.0.0.1:{server.server_address[1]}"
        yield Sources(prometheus=at, alertmanager=at)
        server.shutdown()


class Silent:
    def notify(self, moment) -> None:
        """Ignore the moment."""

    def follow(self, context) -> None:
        """Ignore the context."""


async def first_worker(context):
    return context.environment.workers[0]


@pytest.fixture
def run(place, page, tmp_path):
    async def go(sources, *, fires=FIRES, resolves=FIRES):
        drill = Drill(
            name="worker-down",
            title="A sleeper is down",
            alert=ALERT,
            page="worker-down",
            fault_target=first_worker,
            notify_seconds=0.5,
        )
        out = tmp_path / "drill.json"
        outcome = await run_drill(
            drill,
            place,
            load(),
            sources=sources,
            prediction=Prediction(
                "alert.worker-down", "runbooks/worker-down.md", fires, resolves
            ),
            pages=page,
            out=out,
            listener=Silent(),
        )
        assert read_outcome(out) == outcome
        assert place.held == set()
        return outcome

    return go


def missed(outcome):
    return {m.target for m in outcome.measurements if m.verdict is not Verdict.MET}


async def test_an_alert_on_time_and_a_page_that_repairs_are_met(run, sources):
    outcome = await run(sources)

    assert missed(outcome) == set()
    assert outcome.verdict is Verdict.MET
    assert outcome.source == "drill:worker-down"
    assert {m.target for m in outcome.measurements} == {
        "alert.worker-down",
        "recovery.drill-detected",
        "recovery.drill-blind-steps",
        "recovery.drill-unresolved",
        "recovery.mttr",
        "recovery.lost-writes",
    }
    told = [moment.what for moment in outcome.timeline]
    assert f"{ALERT} (sleeper) is firing" in told
    assert f"{ALERT} (sleeper) is silent again" in told
    assert [step["kind"] for step in outcome.facts["steps"]] == ["act", "verify"]
    at = [moment.at for moment in outcome.timeline]
    assert at == sorted(at)


async def test_an_alert_under_another_name_is_missed_and_the_fault_undone(
    run, sources, alerts
):
    alerts.alert = "HoldfastWorkersDown"

    outcome = await run(sources, fires=1.0)

    assert outcome.verdict is Verdict.MISSED
    assert {"alert.worker-down", "recovery.mttr"} <= missed(outcome)
    assert outcome.facts["other_alerts"] == ["HoldfastWorkersDown"]


async def test_an_undelivered_alert_that_never_resolves_is_missed_for_both(
    run, sources, alerts, page
):
    alerts.told = False
    alerts.stays = True
    page.blind = True

    outcome = await run(sources, resolves=0.5)

    assert missed(outcome) == {
        "alert.worker-down",
        "recovery.drill-unresolved",
        "recovery.drill-blind-steps",
    }
    said = {m.target: m.detail for m in outcome.measurements}
    blind = said["recovery.drill-blind-steps"]
    assert blind == "check check sees illness in health"


async def test_a_late_alert_and_a_page_that_does_not_repair_are_missed(
    run, sources, page
):
    """The fault is undone in the end, but not by the page."""
    page.helpless = True
    page.silent = True

    outcome = await run(sources, fires=0.0001)

    assert missed(outcome) >= {
        "alert.worker-down",
        "recovery.mttr",
        "recovery.drill-blind-steps",
    }


@pytest.mark.parametrize("gone", ["prometheus", "alertmanager"])
async def test_without_prometheus_or_alertmanager_the_run_is_invalid_and_kills_nothing(
    run, sources, place, gone
):
    known = {"prometheus": sources.prometheus, "alertmanager": sources.alertmanager}

    outcome = await run(Sources(**(known | {gone: None})))

    assert outcome.verdict is Verdict.INVALID
    assert "nobody watches" in outcome.invalid_because[0]
    assert outcome.measurements == []
    assert psutil.Process(place.pid).status() != psutil.STATUS_ZOMBIE


def test_an_alert_without_a_rule_has_no_prediction(tmp_path):
    published = tmp_path / "predictions.json"
    published.write_text("{}")

    with pytest.raises(PredictionMissing, match="no rule is called HoldfastNothing"):
        read_prediction("HoldfastNothing", published)
    with pytest.raises(PredictionMissing, match=r"absent\.json"):
        read_prediction("HoldfastNothing", tmp_path / "absent.json")
