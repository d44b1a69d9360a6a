"""The API proxy: a real HAProxy before two instances, one of which dies."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from infra.api_proxy_config import configuration_of

from local.extras import TESTERS, find_program, libraries_of
from local.places import Places
from tests.infra.promtool import TOOLS

INSTANCE = Path(__file__).parent / "instance.py"
PATIENCE_SECONDS = 20


@pytest.fixture
def instances(tmp_path):
    """Two instances, each a process of its own; all are ended afterwards."""
    ports, mark = [free_port(), free_port()], tmp_path / "died"
    processes = [
        subprocess.Popen([sys.executable, INSTANCE, str(port), mark]) for port in ports
    ]
    yield list(zip(ports, processes, strict=True))
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def proxy(instances, tmp_path):
    """The port of the proxy, once it has found both instances."""
    with running(tmp_path, [port for port, _ in instances]) as port:
        until(lambda: len({ask(port, "GET")[1] for _ in range(4)}) == len(instances))
        yield port


@contextmanager
def running(folder, instances):
    """Run HAProxy with our file; only names and ports are those of this machine."""
    program = find_program(Places(TOOLS), TESTERS["haproxy"])
    assert program, "haproxy is missing: python -m local extras"
    port = free_port()
    text = configuration_of("api.test", slots=len(instances))
    (template,) = [line for line in text.splitlines() if "server-template" in line]
    servers = [f"  server api-{one} 127.0.0.1:{one}" for one in instances]
    text = text.replace(template, "\n".join(servers))
    file = folder / "haproxy.cfg"
    file.write_text(text.replace("bind :8000", f"bind 127.0.0.1:{port}"))
    environment = {**os.environ, **libraries_of(program)}
    with subprocess.Popen([program, "-db", "-f", file], env=environment) as process:
        try:
            until(lambda: ask(port, "GET", "/proxy/alive")[0] == 200)
            yield port
        finally:
            process.kill()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, method, path="/", headers=None):
    """Return status, body and headers of one response, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers
    except OSError:
        return 0, "", {}
    finally:
        connection.close()


def until(holds):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_requests_are_spread_over_the_instances(proxy, instances):
    answered = {ask(proxy, "GET")[1] for _ in range(8)}

    assert answered == {str(port) for port, _ in instances}


def test_no_request_fails_when_an_instance_is_killed(proxy, instances):
    (_, killed), (survivor, _) = instances
    killed.kill()
    killed.wait()

    answers = [ask(proxy, method) for method in ("GET", "POST") for _ in range(20)]

    assert {(status, body) for status, body, _ in answers} == {(200, str(survivor))}


@pytest.mark.parametrize(
    ("method", "headers"), [("GET", {}), ("POST", {"Idempotency-Key": "one"})]
)
def test_a_repeatable_request_is_repeated_when_its_instance_dies(
    proxy, method, headers
):
    status, _, _ = ask(proxy, method, "/dies-once", headers)

    assert status == 200


def test_a_write_without_a_key_is_never_repeated(proxy):
    status, body, headers = ask(proxy, "POST", "/dies-once")

    assert status == 502
    assert json.loads(body)["error"]["code"] == "outcome_unknown"
    assert headers["Retry-After"] == "1"


def test_without_an_instance_the_error_has_the_api_format(proxy, instances):
    for _, process in instances:
        process.send_signal(signal.SIGKILL)
        process.wait()

    until(lambda: ask(proxy, "GET")[0] == 503)
    status, body, headers = ask(proxy, "GET")

    assert status == 503
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body) == {
        "error": {
            "code": "unavailable",
            "message": "No instance of the API can answer now.",
            "details": [],
            "request_id": None,
        }
    }
