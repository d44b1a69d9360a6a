"""A missing prerequisite is reported in one line, before any object is made."""

import os
import subprocess
import sys

import pytest

from tests.conftest import free_port
from tests.infra.fake_cluster import KINDS, Fit, kubeconfig

UNFIT = {
    "too old": (
        Fit(minor="32+"),
        {},
        "runs v1.32+.3, older than 1.33",
    ),
    "no default class": (
        Fit(classes={"slow": False}),
        {},
        "has no default storage class, and storageClass names none",
    ),
    "not that class": (
        Fit(),
        {"storageClass": "fast"},
        "has no storage class 'fast' (storageClass)",
    ),
    "no database operator": (
        Fit(kinds=KINDS | {"postgresql.cnpg.io/v1": []}),
        {},
        "lacks CloudNativePG: there is no clusters.postgresql.cnpg.io/v1",
    ),
    "no backup plug-in": (
        Fit(kinds={k: v for k, v in KINDS.items() if "barman" not in k}),
        {},
        "lacks the Barman Cloud plug-in: there is no objectstores.barmancloud",
    ),
    "another Argo": (
        Fit(kinds=KINDS | {"argoproj.io/v1alpha1": ["applications"]}),
        {},
        "lacks Argo Rollouts: there is no rollouts.argoproj.io/v1alpha1",
    ),
    "no gateway": (
        Fit(kinds={k: v for k, v in KINDS.items() if "gateway" not in k}),
        {"hostname": "api.example.org", "gatewayClass": "any", "issuer": "any"},
        "lacks the Gateway API: there is no httproutes.gateway.networking.k8s.io/v1",
    ),
    "no external secrets": (
        Fit(kinds={k: v for k, v in KINDS.items() if "secrets" not in k}),
        {"secretStore": "vault"},
        "lacks External Secrets: there is no externalsecrets.external-secrets.io/v1",
    ),
}


@pytest.fixture(scope="module")
def answers(completed, preview_all):
    """The result for each cluster; the last stack installs its operators."""
    stacks = []
    for case, (_, told, _) in UNFIT.items():
        stack = completed("production")
        stack["config"] |= {f"holdfast:{key}": value for key, value in told.items()}
        stack["config"]["kubernetes:context"] = case
        stacks.append(stack)
    bare = completed("development")
    bare["config"]["kubernetes:context"] = "bare"
    fits = {case: fit for case, (fit, _, _) in UNFIT.items()}
    found = preview_all([*stacks, bare], **fits, bare=Fit(kinds={}))
    return dict(zip([*UNFIT, "bare"], found, strict=True))


@pytest.mark.parametrize("case", UNFIT)
def test_a_missing_prerequisite_is_named_in_one_line_and_nothing_is_made(answers, case):
    answer, (_, _, problem) = answers[case], UNFIT[case]

    assert answer["error"].startswith(f"the cluster {problem}")
    assert answer["error"].endswith("; nothing was changed")
    assert "\n" not in answer["error"]
    assert answer["objects"] == []


def test_a_stack_that_installs_the_operators_requires_none(answers):
    assert "error" not in answers["bare"]
    assert answers["bare"]["objects"]


ASK = """
import sys
from types import SimpleNamespace
from infra.preflight import ClusterUnsuitable, check_cluster
try:
    check_cluster(SimpleNamespace(
        storage_class=None,
        operators_installed=True,
        public=None,
        secrets=SimpleNamespace(store=None),
    ))
except ClusterUnsuitable as error:
    print(error)
"""


def asked(kubeconfig):
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=os.environ | {"KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def test_an_unknown_cluster_is_reported(tmp_path):
    assert asked(tmp_path / "none").startswith("the cluster is not known: ")


def test_a_cluster_that_does_not_respond_is_reported(tmp_path):
    (tmp_path / "kubeconfig").write_text(
        kubeconfig({"gone": f"http://127.0.0.1:{free_port()}"})
    )

    said = asked(tmp_path / "kubeconfig")

    assert said.startswith("the cluster does not answer: ")
    assert "\n" not in said
