"""Previews of the stacks, with values for the settings that a user must set."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec
import pytest

from tests.infra import fake_cluster, manifests

STACKS = ("development", "staging", "production")
PLATFORM = Path(__file__).parents[2] / "platform"
SECRETS = (
    "ownerPassword",
    "apiPassword",
    "workerPassword",
    "monitorPassword",
    "superuserPassword",
    "brokerPassword",
    "cachePassword",
    "tokenKeys",
    "grafanaPassword",
    "objectStoreKey",
    "objectStoreSecret",
    "backupServerPair",
    "backupClientPair",
)
STORE = {
    "holdfast:objectStoreEndpoint": "https://store.example.org",
    "holdfast:objectStoreBucket": "holdfast-backups",
}
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Compiling Pulumi's thousand classes takes longer than a preview."""
SECRET_PREFIX = "hush-"
"""Prefix of every secret value; no other text in an object may have it."""


def complete(stack):
    """Return the committed configuration of `stack` plus a user's settings."""
    text = (PLATFORM / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    config = msgspec.yaml.decode(text)["config"]
    secrets = {f"holdfast:{key}": f"{SECRET_PREFIX}{key}" for key in SECRETS}
    image = {"holdfast:image": f"holdfast:1.0@sha256:{'a' * 64}"}
    if stack == "development":
        image = {"holdfast:image": "holdfast:1.0"}
    store = {} if stack == "development" else STORE
    return {
        "stack": stack,
        "config": {**config, **image, **store, **secrets},
        "secret": list(secrets),
    }


def run_previews(stacks, **others):
    """Preview stacks against a cluster that has everything, or one of the others.

    A stack names another by its setting `kubernetes:context`.
    """
    manifests.shelved()
    fits = {"fit": fake_cluster.Fit(), **others}
    with (
        tempfile.TemporaryDirectory() as folder,
        fake_cluster.clusters(fits, Path(folder)) as kubeconfig,
    ):
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("preview.py"))],
            input=json.dumps(stacks),
            env=os.environ | COMPILED | {"KUBECONFIG": str(kubeconfig)},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session")
def whole_previews():
    """Every stack's objects and components, by stack."""
    answers = run_previews([complete(stack) for stack in STACKS])
    for answer in answers:
        assert "error" not in answer, answer["error"]
    return dict(zip(STACKS, answers, strict=True))


@pytest.fixture(scope="session")
def previews(whole_previews):
    """Every stack's objects, by stack."""
    return {stack: answer["objects"] for stack, answer in whole_previews.items()}


@pytest.fixture(params=STACKS)
def objects(request, previews):
    """The objects of one stack; a test with this fixture runs once per stack."""
    return previews[request.param]


@pytest.fixture
def ours(objects):
    """The objects in the namespace of our own programs."""
    (home,) = [
        m["inputs"]["metadata"]["name"]
        for m in objects
        if (m["type"], m["name"]) == ("Namespace", "holdfast")
    ]
    return [m for m in objects if m["inputs"]["metadata"].get("namespace") == home]


@pytest.fixture(scope="session")
def preview_all():
    """Previews many stack descriptions in one run of the program."""
    return run_previews


@pytest.fixture(scope="session")
def completed():
    """Return the full description of a stack, which the test may change."""
    return complete
