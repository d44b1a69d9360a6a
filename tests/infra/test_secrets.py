"""Secrets are marked in the state, absent from the environment, and per role."""

import json
import re

import pytest

from tests.infra.conftest import PLATFORM, STACKS
from tests.infra.standards import pods_of


def without_secrets(value):
    """Return the tree without its marked secrets."""
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"secret"} and not isinstance(value["secret"], list):
            return "(hidden)" if "hush-" in json.dumps(value) else value
        return {key: without_secrets(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("stack", STACKS)
def test_committed_settings_contain_no_salt(stack):
    """With one machine's salt no other machine could create the stack."""
    text = (PLATFORM / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")

    assert "encryptionsalt" not in text
    assert "secure:" not in text


def test_no_secret_reaches_the_state_in_plain_text(objects):
    assert "hush-" in json.dumps(objects)

    assert "hush-" not in json.dumps(without_secrets(objects))


def test_secrets_are_read_from_files_not_from_the_environment(ours):
    for made in ours:
        if made["type"] not in ("Deployment", "Job", "Rollout"):
            continue
        pod = made["inputs"]["spec"]["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            told, given = container.get("env", []), container.get("envFrom", [])

            assert {source for entry in given for source in entry} <= {"configMapRef"}
            assert not any("secretKeyRef" in str(entry) for entry in told)


def test_only_the_bundled_store_gets_a_secret_in_a_variable(objects):
    """It reads its keys only from there."""
    taking = {
        name
        for name, pod in pods_of(objects)
        for container in [*pod.get("initContainers", []), *pod["containers"]]
        if any("secretKeyRef" in str(entry) for entry in container.get("env", []))
        and not name.endswith("barman-cloud")
    }

    assert taking <= {"StatefulSet object-store"}


def test_only_the_init_container_of_the_migrations_is_the_superuser(ours):
    (pod,) = [pod for name, pod in pods_of(ours) if name == "Job migrations"]
    (first,), (second,) = pod["initContainers"], pod["containers"]

    assert {m["name"] for m in first["volumeMounts"]} == {"superuser", "scratch"}
    assert {m["name"] for m in second["volumeMounts"]} == {"secrets", "scratch"}


def test_each_role_has_only_the_secrets_it_needs(ours):
    held = {
        made["name"]: settings_in(made["inputs"]["stringData"]["secret"].values())
        for made in ours
        if made["type"] == "Secret"
    }

    assert held == {
        "api": {"apiPassword", "brokerPassword", "cachePassword", "tokenKeys"},
        "workers": {"workerPassword", "brokerPassword"},
        "owner": {"ownerPassword"},
        "superuser": {
            "superuserPassword",
            "ownerPassword",
            "apiPassword",
            "workerPassword",
            "monitorPassword",
        },
    }


def settings_in(values):
    return set(re.findall("hush-([A-Za-z]+)", " ".join(values)))


def test_changed_settings_make_new_objects_so_that_pods_roll(ours):
    for made in ours:
        if made["type"] in ("ConfigMap", "Secret"):
            assert made["inputs"]["immutable"] is True
            assert "name" not in made["inputs"]["metadata"]
