"""Random secrets are made once, and are never visible on a command line."""

import base64
import json
import os
import re
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from infra.random_values import client_pair, password, server_pair, token_keys
from infra.stack import OPERATOR_SECRETS, SECRETS

from tests.fake_programs import write_program

ROOT = Path(__file__).parents[2]
PULUMI = """\
import json, sys
from pathlib import Path
store = Path({store!r})
kept = json.loads(store.read_text())
words = sys.argv[1:]
kept["calls"].append(words)
if words[:2] == ["config", "--json"]:
    print(json.dumps(kept["config"]))
elif words[:3] == ["config", "set", "--secret"]:
    kept["config"][words[3]] = {{"secret": True}}
    kept["given"][words[3]] = sys.stdin.read()
else:
    sys.exit("unknown command")
store.write_text(json.dumps(kept))
"""
"""Stores its settings, like the CLI of the same name."""


class Stack:
    """A stack of a fake program named pulumi, which records all its input."""

    def __init__(self, folder, **settings):
        self._folder = folder
        self._store = folder / "store.json"
        config = {f"holdfast:{key}": {"value": v} for key, v in settings.items()}
        kept = {"config": config, "given": {}, "calls": []}
        self._store.write_text(json.dumps(kept))
        write_program(folder / "pulumi", PULUMI.format(store=str(self._store)))

    def init(self, path=None):
        return subprocess.run(
            [sys.executable, "-m", "infra", "init", "--stack", "any"],
            cwd=ROOT,
            env=os.environ | {"PATH": path or f"{self._folder}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def kept(self):
        return json.loads(self._store.read_text())


@pytest.fixture
def stack(tmp_path):
    return Stack(tmp_path, operators="install", objectStore="bundled")


def test_every_missing_secret_is_set_and_named(stack):
    done = stack.init()
    set_names = {key.removeprefix("holdfast:") for key in stack.kept()["given"]}

    assert done.returncode == 0, done.stderr
    assert set_names == {*SECRETS, *OPERATOR_SECRETS}
    assert all(name in done.stdout for name in set_names)


def test_no_value_is_on_a_command_line_or_in_the_output(stack):
    done = stack.init()
    kept = stack.kept()
    seen = json.dumps(kept["calls"]) + done.stdout + done.stderr

    assert kept["given"]
    assert not any(value in seen for value in kept["given"].values())


def test_an_existing_secret_is_kept(stack):
    stack.init()
    before = stack.kept()["given"]

    done = stack.init()

    assert stack.kept()["given"] == before
    assert "nothing" in done.stdout


def test_keys_of_an_external_store_are_left_to_the_user(tmp_path):
    stack = Stack(tmp_path, operators="present", objectStore="external")

    done = stack.init()
    given = {key.removeprefix("holdfast:") for key in stack.kept()["given"]}

    assert given == set(SECRETS) - {"objectStoreKey", "objectStoreSecret"}
    assert "set these with" in done.stdout
    assert "objectStoreKey, objectStoreSecret" in done.stdout


def test_a_stack_with_a_secret_store_gets_none(tmp_path):
    stack = Stack(tmp_path, operators="install", secretStore="vault")

    assert stack.init().returncode == 0
    assert stack.kept()["given"] == {}


def test_a_missing_pulumi_is_named(stack):
    done = stack.init(path="/nonexistent")

    assert done.returncode == 1
    assert done.stderr.startswith("pulumi is not on the PATH")


def test_an_error_of_pulumi_is_passed_on(stack, tmp_path):
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho no stack named any >&2; exit 1\n")

    done = stack.init()

    assert done.returncode == 1
    assert "no stack named any" in done.stderr


def test_passwords_are_long_and_need_no_escaping():
    made = {password() for _ in range(50)}

    assert len(made) == 50
    assert all(re.fullmatch("[A-Za-z0-9]{40}", one) for one in made)


def test_the_api_accepts_a_signing_key():
    name, _, key = token_keys().partition(":")

    assert name == "one"
    assert len(base64.b64decode(key, validate=True)) >= 32


@pytest.mark.parametrize("make", [server_pair, client_pair])
def test_a_pair_is_a_key_and_its_own_certificate_in_one_text(make, tmp_path):
    pem = make()
    key = load_pem_private_key(pem.encode(), None)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    (tmp_path / "pair.pem").write_text(pem)

    assert certificate.public_key() == key.public_key()
    ssl.create_default_context().load_cert_chain(tmp_path / "pair.pem")
