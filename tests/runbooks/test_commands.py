"""`python -m runbooks`, as people and programs call it."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@pytest.fixture
def runbooks(tmp_path):
    """Run a command with a state folder of its own, where no platform runs."""

    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "runbooks", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "HOLDFAST_STATE": str(tmp_path), "COLUMNS": "200"},
            check=False,
            timeout=120,
        )

    return call


@pytest.mark.parametrize("command", [["run"], ["show"], ["probe"], []])
def test_an_unknown_name_is_one_line_with_similar_names(runbooks, command):
    done = runbooks(*command, "worker-dwon")

    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert "no page or alert is called worker-dwon" in line
    assert "did you mean worker-down" in line


def test_a_dry_run_prints_every_command_filled_in_and_runs_none(runbooks):
    done = runbooks(
        "run", "HoldfastWorkerDown", "--dry-run", "--set", "WORKER=worker-9"
    )

    assert done.returncode == 0
    assert ".venv/bin/python -m local restart worker-9" in done.stdout
    assert "check" in done.stdout
    assert "exit" not in done.stdout


@pytest.mark.parametrize("value", ["worker-1;id", "--help", "$(id)"])
def test_an_unsafe_value_is_refused_before_anything_runs(runbooks, value):
    done = runbooks("run", "worker-down", "--json", "--set", f"WORKER={value}")

    assert done.returncode == 2
    assert done.stdout == ""
    assert "expected a name like api-1" in done.stderr


def test_a_walk_with_json_output_ends_with_its_result(runbooks):
    """No platform runs here: the page hands over to another one."""
    done = runbooks("run", "worker-down", "--json")

    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert result["ending"] == "nowhere to go"
    (step,) = result["steps"]
    assert step["command"] == "./task status"
    assert (step["kind"], step["matched"]) == ("check", False)
    assert "nothing runs here" in step["output"]
    assert step["seconds"] > 0


def test_a_probe_prints_json_for_the_drill(runbooks):
    result = json.loads(runbooks("probe", "cache-down").stdout)

    assert [step["kind"] for step in result["steps"]] == ["check", "verify"]
    assert [step["matched"] for step in result["steps"]] == [False, False]


class Prometheus(BaseHTTPRequestHandler):
    """Responds to every query with the series that the test planted."""

    series: list[dict]

    def do_GET(self):
        body = json.dumps({"status": "success", "data": {"result": self.series}})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments):
        """Log nothing."""


@pytest.fixture
def prometheus(tmp_path):
    """Publish a platform whose Prometheus has these series."""
    servers = []

    def publish(*series):
        handler = type("Bound", (Prometheus,), {"series": list(series)})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        servers.append(server)
        (tmp_path / "state").mkdir()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        document = json.dumps({"prometheus": url})
        (tmp_path / "state" / "platform.json").write_text(document)

    yield publish
    for server in servers:
        server.shutdown()
        server.server_close()


class TestAsking:
    def test_prints_one_line_a_series(self, runbooks, prometheus):
        labels = {"__name__": "up", "job": "api", "instance": "api-2"}
        prometheus({"metric": labels, "value": [0, "0"]})

        done = runbooks("query", "up < 1")

        assert done.stdout == 'up{instance="api-2", job="api"} 0\n'

    def test_an_empty_result_is_printed_as_one_word(self, runbooks, prometheus):
        prometheus()

        assert runbooks("query", "up < 1").stdout == "nothing\n"

    def test_without_a_platform_the_error_is_one_line(self, runbooks):
        done = runbooks("query", "up < 1")

        assert done.returncode == 1
        assert done.stdout.startswith("no platform runs under")
