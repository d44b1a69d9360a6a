"""A program reads exactly the settings that Kubernetes gives it."""

import base64
import functools
import runpy
from pathlib import Path

import pytest

from api.kernel import roles
from api.settings import read_settings
from local.patroni import cluster_settings, slow_query_settings

ROOT = Path(__file__).parents[2]
SUPERUSER = "postgres"
OTHERS = ("api-proxy",)
"""Runs a third-party program, which reads none of our settings."""
KEY = "one:" + base64.b64encode(b"k" * 32).decode()


@functools.cache
def infra_stack(name):
    """Return every object of a stack as previewed, with a valid signing key."""
    infra = runpy.run_path(str(ROOT / "tests" / "infra" / "conftest.py"))
    stack = infra["complete"](name)
    stack["config"]["holdfast:tokenKeys"] = KEY
    (answer,) = infra["run_previews"]([stack])
    return answer["objects"]


@pytest.fixture(scope="module")
def objects():
    """Our own programs in production."""
    everything = infra_stack("production")
    (home,) = [
        made["inputs"]["metadata"]["name"]
        for made in everything
        if (made["type"], made["name"]) == ("Namespace", "holdfast")
    ]
    return [
        made
        for made in everything
        if made["inputs"]["metadata"].get("namespace") == home
        and made["name"] not in OTHERS
    ]


@pytest.fixture
def environments(objects, tmp_path):
    """Each role's variables, with its secrets in files as the pod would mount them."""
    told = {m["name"]: m["inputs"]["data"] for m in objects if m["type"] == "ConfigMap"}
    for made in objects:
        if made["type"] != "Secret":
            continue
        folder = tmp_path / made["name"]
        folder.mkdir()
        for setting, value in made["inputs"]["stringData"]["secret"].items():
            (folder / setting).write_text(value)
            told[made["name"]][f"{setting}_FILE"] = str(folder / setting)
    return told


def test_every_role_starts_with_its_environment(environments):
    for name, environment in environments.items():
        settings = read_settings(environment)

        assert settings.environment == "production", name
        assert settings.database_password.startswith("hush-")


def test_only_the_api_can_sign(environments):
    keys = {name: read_settings(e).token_keys for name, e in environments.items()}

    assert keys.pop("api")[0].secret == b"k" * 32
    assert not any(keys.values())


def test_every_variable_is_read(environments):
    """A misspelt variable would be ignored and its default used silently."""
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    for environment in environments.values():
        for variable in environment:
            assert f"`{variable.removesuffix('_FILE')}`" in table


def test_the_roles_of_the_database_exist(environments):
    users = {e["HOLDFAST_DATABASE_USER"] for e in environments.values()}

    assert users == {roles.API, roles.WORKER, roles.OWNER, SUPERUSER}


def test_the_api_listens_on_the_ports_of_service_and_scraper(objects, environments):
    (deployment,) = [m for m in objects if (m["type"], m["name"]) == ("Rollout", "api")]
    (container,) = deployment["inputs"]["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    settings = read_settings(environments["api"])

    assert settings.metrics_bind
    assert ports == {
        "http": settings.bind.port,
        "metrics": settings.metrics_bind.port,
    }


def test_every_program_that_a_pod_runs_exists(objects):
    for made in objects:
        if made["type"] not in ("Deployment", "Job", "Rollout"):
            continue
        pod = made["inputs"]["spec"]["template"]["spec"]
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            python, dash_m, module, *_ = container["command"]
            path = ROOT / module.replace(".", "/")
            main = path / "__main__.py"

            assert (python, dash_m) == ("python", "-m")
            assert main.is_file() or path.with_suffix(".py").is_file()


def test_durability_is_the_same_in_the_cluster_and_on_one_machine():
    """Otherwise acknowledged writes could be lost in one place and not in the other."""
    stack = infra_stack("production")
    (cluster,) = [m["inputs"]["spec"] for m in stack if m["type"] == "Cluster"]
    here = cluster_settings(asynchronous=False)
    synchronous = cluster["postgresql"]["synchronous"]
    told = cluster["postgresql"]["parameters"]

    assert here["synchronous_mode"] is here["synchronous_mode_strict"] is True
    assert synchronous["dataDurability"] == "required"
    assert synchronous["number"] == here["synchronous_node_count"]
    assert synchronous["failoverQuorum"] is True
    assert slow_query_settings().items() <= told.items()
    assert cluster["bootstrap"]["initdb"]["owner"] == roles.OWNER
