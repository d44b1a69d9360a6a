"""Secrets stay secret: marked in the state, out of the environment, one per role."""

import json
import re


def without_secrets(value):
    """The same tree with every marked secret taken out."""
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"secret"} and not isinstance(value["secret"], list):
            return "(hidden)" if "hush-" in json.dumps(value) else value
        return {key: without_secrets(item) for key, item in value.items()}
    return value


def test_no_secret_reaches_the_state_in_plain_text(objects):
    assert "hush-" in json.dumps(objects)

    assert "hush-" not in json.dumps(without_secrets(objects))


def test_secrets_are_read_from_files_not_from_the_environment(objects):
    for made in objects:
        if made["type"] not in ("Deployment", "Job", "Rollout"):
            continue
        (container,) = made["inputs"]["spec"]["template"]["spec"]["containers"]
        sources = [source for entry in container["envFrom"] for source in entry]

        assert sources == ["configMapRef"]
        assert not any("secretKeyRef" in str(entry) for entry in container["env"])


def test_each_role_holds_only_what_it_needs(objects):
    held = {
        made["name"]: set(made["inputs"]["stringData"]["secret"].values())
        for made in objects
        if made["type"] == "Secret"
    }

    asked = {name: settings_in(values) for name, values in held.items()}
    assert {name: asked[name] for name in ("api", "workers", "owner")} == {
        "api": {"apiPassword", "brokerPassword", "cachePassword", "tokenKeys"},
        "workers": {"workerPassword", "brokerPassword"},
        "owner": {"ownerPassword"},
    }


def settings_in(values):
    return set(re.findall("hush-([A-Za-z]+)", " ".join(values)))


def test_settings_are_replaced_not_changed_so_that_pods_roll(objects):
    for made in objects:
        if made["type"] in ("ConfigMap", "Secret"):
            assert made["inputs"]["immutable"] is True
            assert "name" not in made["inputs"]["metadata"]
