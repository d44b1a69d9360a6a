"""Alerts of a run, read from Prometheus."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

import pytest

import targets
from targets.verdict import Verdict
from verify.alerts import AlertSpan, merge_alerts, read_alerts
from verify.checks.gauges import check_gauges
from verify.evidence import Evidence
from verify.interrupts import Interrupts
from verify.stage import Stage

NOON = 1_795_000_000.0


class Prometheus(BaseHTTPRequestHandler):
    """Answers every query with the series that the test planted."""

    url: str
    series: list[dict]
    asked: list[str]

    def do_GET(self):
        self.asked.append(self.path)
        counted = self.series and "count_over_time" in self.path
        answer = [{"metric": {}, "value": [NOON, "7"]}] if counted else self.series
        body = json.dumps({"data": {"result": answer}}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Log nothing."""


@pytest.fixture
def prometheus():
    handler = type("Bound", (Prometheus,), {"series": [], "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        bound = cast("type[Prometheus]", handler)
        bound.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        yield bound
        server.shutdown()


def series(state, *times):
    labels = {"alertname": "HoldfastWorkerDown", "instance": "worker-1"}
    return {
        "metric": labels | {"alertstate": state},
        "values": [[at, "1"] for at in times],
    }


def span(began, ended, state="firing", alert="HoldfastWorkerDown"):
    return AlertSpan(alert, "worker-1", state, began, ended)


class TestReading:
    def test_consecutive_samples_are_one_span(self, prometheus):
        prometheus.series = [
            series("firing", 6, 8, 20, 22),
            series("pending", 2, 4),
        ]

        found = read_alerts(prometheus.url, since=0, until=30)

        assert found == [
            span(2, 6, "pending"),
            span(6, 10),
            span(20, 24),
        ]

    def test_without_prometheus_there_are_no_alerts(self):
        assert read_alerts(None, since=0, until=30) == []
        assert read_alerts("http://127.0.0.1:1", since=0, until=30) == []

    def test_spans_split_between_two_steps_are_joined(self):
        cut = [span(10, 20), span(22, 30), span(90, 95), span(21, 30, alert="Other")]

        assert merge_alerts(cut) == [
            span(10, 30),
            span(21, 30, alert="Other"),
            span(90, 95),
        ]


class TestGauges:
    @pytest.fixture
    def evidence(self, prometheus, tmp_path, published):
        stage = Stage(tmp_path, interrupts=Interrupts(), logs=tmp_path)
        evidence = Evidence(targets.load(), stage, "full", ())
        evidence.published = published(prometheus=prometheus.url)
        evidence.load_began = evidence.began
        return evidence

    def test_the_worst_sample_is_judged(self, evidence, prometheus):
        prometheus.series = [{"metric": {}, "value": [NOON, "12.5"]}]

        found = check_gauges(evidence)

        assert {m.target for m in found} == {"limit.replication-lag", "limit.queue-age"}
        assert {m.value for m in found} == {12.5}
        assert {m.verdict for m in found} == {Verdict.MET}
        assert any(
            "holdfast_replication_lag_seconds" in path for path in prometheus.asked
        )

    def test_over_the_limit_is_missed(self, evidence, prometheus):
        prometheus.series = [{"metric": {}, "value": [NOON, "3600"]}]

        assert {m.verdict for m in check_gauges(evidence)} == {Verdict.MISSED}

    def test_no_sample_is_not_measured_and_never_zero(self, evidence):
        found = check_gauges(evidence)

        assert {m.verdict for m in found} == {Verdict.NOT_MEASURED}
        assert all("nobody sampled" in m.detail for m in found)

    @pytest.mark.parametrize("url", [None, "http://127.0.0.1:1"])
    def test_without_prometheus_it_is_not_measured(self, evidence, url, published):
        evidence.published = published(prometheus=url)

        assert {m.verdict for m in check_gauges(evidence)} == {Verdict.NOT_MEASURED}

    def test_nan_is_invalid(self, evidence, prometheus):
        prometheus.series = [{"metric": {}, "value": [NOON, "NaN"]}]

        assert {m.verdict for m in check_gauges(evidence)} == {Verdict.INVALID}

    def test_before_any_load_it_is_not_measured(self, evidence):
        evidence.load_began = None

        found = check_gauges(evidence)

        assert {m.verdict for m in found} == {Verdict.NOT_MEASURED}
