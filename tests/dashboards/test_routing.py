"""Every alert reaches its receiver, unless its cause is already firing."""

import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from dashboards.rendering import RENDERED
from dashboards.routing.alertmanager import receiver, receivers
from dashboards.routing.inhibition import inhibitions, symptoms
from dashboards.rules.model import Alert
from exchange.folders import tools_folder
from local.unpacked import as_installed

FILE = RENDERED / "alertmanager.yml"
MATCHER = re.compile(r'(\w+)(=~|!=|=)"([^"]*)"')


@pytest.fixture(scope="module")
def alerts(rules):
    return [rule for rule in rules if isinstance(rule, Alert)]


@pytest.fixture(scope="module")
def program(promtools):
    """Find a program of Debian's Alertmanager, fetched together with promtool."""

    def find(*names):
        folder = tools_folder() / "usr" / "bin"
        for name in names:
            found = shutil.which(name) or folder / name
            if Path(found).is_file():
                return str(Path(found).resolve())
        raise AssertionError(f"no {names[0]} beside {promtools[0].program}")

    return find


@pytest.fixture(scope="module")
def amtool(program):
    return program("amtool")


def routed(amtool, labels):
    command = [amtool, "config", "routes", "test", f"--config.file={FILE}"]
    given = [f"{name}={value}" for name, value in labels.items()]
    done = subprocess.run(
        [*command, *given], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_alertmanager_accepts_the_file(amtool):
    done = subprocess.run(
        [amtool, "check-config", str(FILE)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_file_is_refused(amtool, tmp_path):
    spoilt = tmp_path / "alertmanager.yml"
    spoilt.write_text(FILE.read_text().replace("receiver: page-api", "receiver: none"))

    done = subprocess.run(
        [amtool, "check-config", str(spoilt)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0


def test_every_alert_goes_to_the_receiver_of_its_severity_and_component(amtool, alerts):
    kinds = {
        (a.alert, a.labels["severity"], a.labels["component"]): a.labels for a in alerts
    }
    reached = set()
    for (name, severity, component), labels in kinds.items():
        told = routed(amtool, {"alertname": name, **labels})

        assert told == receiver(severity, component)
        reached.add(told)
    assert reached <= set(receivers())


def test_an_alert_without_a_route_still_reaches_a_receiver(amtool):
    assert routed(amtool, {"alertname": "Unheard", "severity": "whisper"}) == "unrouted"


def example(alerts, matchers, inhibition):
    """Return labels of a real alert that matches, with the labels that are equal."""
    for alert in alerts:
        labels = {"alertname": alert.alert, **alert.labels}
        if all(matches(labels, matcher) for matcher in matchers):
            return labels
    raise AssertionError(f"no alert matches {matchers} of {inhibition}")


def matches(labels, matcher):
    [(name, sign, wanted)] = MATCHER.findall(matcher)
    value = labels.get(name, "")
    if sign == "=~":
        return re.fullmatch(wanted, value) is not None
    return (value == wanted) is (sign == "=")


@pytest.fixture
def alertmanager(program, tmp_path):
    """A running Alertmanager with the rendered file; its receivers do not exist."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        deaf = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    file = tmp_path / "alertmanager.yml"
    file.write_text(FILE.read_text().replace("http://alerts.invalid", deaf))
    command = as_installed(
        tools_folder().resolve(),
        [
            program("prometheus-alertmanager", "alertmanager"),
            f"--config.file={file}",
            f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
            "--log.level=error",
        ],
    )
    with subprocess.Popen(command) as process:
        try:
            with httpx.Client(base_url=f"http://{address}", trust_env=False) as client:
                wait(client)
                yield client
        finally:
            process.terminate()


def wait(client):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            assert client.get("/-/ready").is_success
        except (httpx.TransportError, AssertionError):
            continue
        return
    raise AssertionError("Alertmanager never became ready")


def inhibited(client, fired, awaited):
    """Post alerts; return the silenced ones once `awaited` is among them."""
    posted = client.post("/api/v2/alerts", json=[{"labels": one} for one in fired])
    assert posted.is_success, posted.text
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        known = client.get("/api/v2/alerts").json()
        silenced = [one["labels"] for one in known if one["status"]["inhibitedBy"]]
        if len(known) == len(fired) and awaited in silenced:
            return silenced
    raise AssertionError(f"{awaited['alertname']} was never silenced: {known}")


def end(client, fired):
    """Resolve alerts and wait until they are deleted."""
    over = [{"labels": one, "endsAt": "2020-01-01T00:00:00Z"} for one in fired]
    assert client.post("/api/v2/alerts", json=over).is_success
    deadline = time.monotonic() + 60
    while client.get("/api/v2/alerts").json():
        assert time.monotonic() < deadline, "alerts that ended are still shown"


@pytest.fixture
def pairs(targets, alerts):
    found = []
    for inhibition in inhibitions(targets):
        source = example(alerts, inhibition.source, inhibition)
        candidates = [
            a
            for a in alerts
            if all(a.labels[name] == source[name] for name in inhibition.equal)
        ]
        found.append((source, example(candidates, inhibition.target, inhibition)))
    return found


def test_every_inhibition_silences_in_a_running_alertmanager(alertmanager, pairs):
    for source, target in pairs:
        found = inhibited(alertmanager, [source, target], target)
        end(alertmanager, [source, target])

        assert found == [target]


def test_without_its_cause_a_symptom_is_notified(alertmanager, pairs):
    """Negative control; the pair posted after it shows that inhibition works."""
    page, ticket = pairs[0]
    [symptom] = [t for s, t in pairs if "Broker" in s["alertname"]]

    found = inhibited(alertmanager, [symptom, page, ticket], ticket)

    assert found == [ticket]
    assert symptom["target"] != page["target"]


def test_symptoms_are_the_alerts_about_shares_of_bad_events(targets):
    found = symptoms(targets)

    assert {"HoldfastErrorRate", "HoldfastErrorsBudgetBurn"} <= set(found)
    assert "HoldfastDatabaseMemberDown" not in found


def test_every_inhibition_has_its_own_reason(targets):
    reasons = [inhibition.because for inhibition in inhibitions(targets)]

    assert all(reasons)
    assert len(set(reasons)) == len(reasons)
