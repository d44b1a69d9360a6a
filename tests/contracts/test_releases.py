"""Experiments with releases fit the API and the objects that we install."""

import asyncio
import runpy
from pathlib import Path
from typing import Any

import pytest

import targets
from api.edge.authentication import Authentication
from api.edge.request_middleware import RequestMiddleware
from chaos.releases import PROGRAM, bad_release, changed_setting
from verify.checks.cluster_settings import SettingUnread, judge_settings

ROOT = Path(__file__).parents[2]
DEFECT = runpy.run_path(str(PROGRAM))


def test_the_defect_is_inside_the_layer_that_counts_requests():
    """Otherwise the analysis of a canary would never see it."""

    class Spoilt(Authentication):
        """The layer with the defect of the bad release; the healthy one has none."""

    DEFECT["spoil"](Spoilt)
    statuses = []

    async def inside(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    async def nobody(_credential):
        raise NotImplementedError

    async def receive():
        raise NotImplementedError

    async def ask(times):
        application = RequestMiddleware(Spoilt(inside, verify=nobody))
        for _ in range(times):
            scope: Any = {
                "type": "http",
                "path": "/api/v1/events",
                "method": "GET",
                "scheme": "http",
                "http_version": "1.1",
                "headers": [],
            }
            await application(scope, receive, send)

    asyncio.run(ask(100))

    assert (statuses.count(500), statuses.count(204)) == (5, 95)


@pytest.fixture(scope="module")
def objects():
    """Production as previewed: every bound is that of the targets."""
    infra = runpy.run_path(str(ROOT / "tests" / "infra" / "conftest.py"))
    (answer,) = infra["run_previews"]([infra["complete"]("production")])
    return answer["objects"]


def find(objects, kind, name):
    found = [
        made["inputs"]
        for made in objects
        if made["type"] == kind and made["inputs"]["metadata"].get("name") == name
    ]
    return found[0] if found else None


@pytest.mark.parametrize("change", [bad_release(), changed_setting()], ids=len)
def test_a_release_patches_what_the_rollout_has(objects, change):
    rollout = find(objects, "Rollout", "api")

    for step in change:
        *way, last = step["path"].strip("/").split("/")
        place = rollout
        for part in way:
            place = place[int(part) if part.isdigit() else part]
        assert last == "-" or last in place


def test_settings_are_read_from_objects_that_a_stack_installs(objects):
    def ask(what):
        kind, _, name = what.partition("/")
        named = {
            "horizontalpodautoscalers.autoscaling": "HorizontalPodAutoscaler",
            "scaledobjects.keda.sh": "ScaledObject",
            "rollouts.argoproj.io": "Rollout",
            "analysistemplates.argoproj.io": "AnalysisTemplate",
        }[kind]
        found = find(objects, named, name)
        if found is None:
            raise SettingUnread(f"{what} is not installed")
        return {"kind": named, **found}

    found = judge_settings(targets.load(), ask)

    assert {m.target: (m.verdict.value, m.detail) for m in found} == {
        m.target: ("met", m.detail) for m in found
    }
