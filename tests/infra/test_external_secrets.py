"""With a secret store no value enters the state, and a changed one rolls the pods."""

import copy
import json

import pytest

from tests.infra import foreign
from tests.infra.conftest import SECRET_PREFIX

STORED = {"holdfast:secretStore": "vault"}


def stored(stack, **settings):
    """The stack with a store and without a secret of its own."""
    for key in stack["secret"]:
        del stack["config"][key]
    stack["secret"] = []
    stack["config"] |= STORED | {f"holdfast:{k}": v for k, v in settings.items()}
    return stack


@pytest.fixture(scope="module")
def answers(completed, preview_all):
    """The same stack with two versions of its secrets, and one that sends alerts."""
    stacks = [
        stored(completed("production")),
        stored(completed("production"), secretVersion="2"),
        stored(completed("production"), alertWebhookEnabled="true"),
    ]
    found = preview_all(stacks)
    for answer in found:
        assert "error" not in answer
    return [answer["objects"] for answer in found]


def asked_for(objects):
    """Return each ExternalSecret by its Pulumi name."""
    return {m["name"]: m["inputs"] for m in objects if m["type"] == "ExternalSecret"}


@pytest.fixture
def external(answers):
    return asked_for(answers[0])


def test_the_store_takes_the_place_of_every_secret(answers, previews):
    before = {m["name"] for m in previews["production"] if m["type"] == "Secret"}
    kept = [m for m in answers[0] if m["type"] == "Secret"]

    assert kept == []
    assert before == set(asked_for(answers[0]))
    assert SECRET_PREFIX not in json.dumps(answers[0])


def test_every_object_fits_its_publishers_definition(external):
    assert not any(map(foreign.faults, external.values()))


def test_a_field_that_is_not_in_the_definition_is_named(external):
    made = copy.deepcopy(external["api"])
    made["spec"]["target"]["mutable"] = False

    assert any("mutable" in fault for fault in foreign.faults(made))


def test_a_setting_is_requested_by_its_own_name_and_filled_into_its_text(external):
    spec = external["api"]["spec"]
    filled = spec["target"]["template"]["data"]

    assert filled["HOLDFAST_BROKER_URL"] == (
        "redis://:{{ .brokerPassword }}@broker.holdfast-data.svc:6379/0"
    )
    for asked in spec["data"]:
        assert asked["secretKey"] == asked["remoteRef"]["key"]
    for text in filled.values():
        (name,) = [a["secretKey"] for a in spec["data"] if a["secretKey"] in text]
        assert name


def mounted(objects, kind, name):
    (made,) = [m for m in objects if (m["type"], m["name"]) == (kind, name)]
    volumes = made["inputs"]["spec"]["template"]["spec"]["volumes"]
    return {v["secret"]["secretName"] for v in volumes if "secret" in v}


@pytest.mark.parametrize(
    ("kind", "name", "held"),
    [
        ("Rollout", "api", "api"),
        ("Deployment", "worker", "workers"),
        ("Deployment", "grafana", "grafana"),
    ],
)
def test_another_version_makes_another_secret_and_rolls_the_pods(
    answers, kind, name, held
):
    first, second = (mounted(objects, kind, name) for objects in answers[:2])
    names = [asked_for(o)[held]["metadata"]["name"] for o in answers[:2]]

    assert first != second
    assert [first, second] == [{names[0]}, {names[1]}]


def test_a_value_that_changes_in_the_store_reaches_no_pod_without_an_update(external):
    for name in ("api", "workers", "owner", "grafana"):
        spec = external[name]["spec"]

        assert spec["target"]["immutable"] is True
        assert spec["refreshPolicy"] == "CreatedOnce"


def test_a_value_that_may_change_in_place_is_refreshed(external):
    spec = external["database-owner"]["spec"]

    assert spec["refreshPolicy"] == "Periodic"
    assert spec["target"]["immutable"] is False


def test_an_update_waits_for_the_store(external):
    waits = {
        m["metadata"]["annotations"]["pulumi.com/waitFor"] for m in external.values()
    }

    assert waits == {"condition=Ready"}


def test_the_alert_webhook_is_requested_only_where_alerts_are_sent(answers):
    told = asked_for(answers[2])["alertmanager"]["spec"]

    assert [asked["secretKey"] for asked in told["data"]] == ["alertWebhook"]
    assert "alertmanager" not in asked_for(answers[0])
