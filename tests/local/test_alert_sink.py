"""Alerts become log lines; the receiver accepts only webhooks."""

import socket
import subprocess
import sys
import time

import httpx
import pytest

from local.settings import SettingInvalid, alert_webhook

FIRING = {
    "status": "firing",
    "labels": {"alertname": "HoldfastDisk", "instance": "node-1"},
    "annotations": {
        "summary": "Disk is filling",
        "runbook": "runbooks/disk-filling.md",
    },
}


@pytest.fixture
def door():
    """Start the receiver on a free port; return its address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "local.alert_sink", address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        with httpx.Client(base_url=f"http://{address}", trust_env=False) as client:
            wait(client)
            yield client, process
        process.terminate()


def wait(client):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert client.get("/").is_success
        except httpx.TransportError:
            continue
        return
    raise AssertionError("the receiver never answered")


def test_an_alert_becomes_one_line_with_its_runbook(door):
    client, process = door

    answer = client.post("/ticket/machine", json={"alerts": [FIRING]})

    assert answer.status_code == 200
    assert process.stdout.readline() == (
        "ticket/machine firing HoldfastDisk node-1 "
        "Disk is filling -> runbooks/disk-filling.md\n"
    )


def test_a_body_that_is_no_webhook_is_refused(door):
    client, _ = door

    assert client.post("/page/api", content=b"hello").status_code == 400
    assert client.post("/page/api", json={"alerts": "many"}).status_code == 400


def test_the_webhook_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("HOLDFAST_ALERT_WEBHOOK", "https://alerts.example.org/holdfast/")

    assert alert_webhook() == "https://alerts.example.org/holdfast"


def test_an_invalid_webhook_address_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("HOLDFAST_ALERT_WEBHOOK", "somebody")

    with pytest.raises(SettingInvalid, match="HOLDFAST_ALERT_WEBHOOK"):
        alert_webhook()
