"""The bad release fails as often as promised; the patches fit the real pod."""

import asyncio
import runpy

import msgspec

from chaos.releases import PROGRAM, bad_release, changed_setting, config_map

DEFECT = runpy.run_path(str(PROGRAM))
POD = {
    "spec": {
        "template": {
            "spec": {
                "volumes": [{"name": "scratch"}],
                "containers": [
                    {
                        "command": ["python", "-m", "api"],
                        "env": [{"name": "HOLDFAST_INSTANCE"}],
                        "volumeMounts": [{"name": "scratch"}],
                    }
                ],
            }
        }
    }
}


def layer():
    class Layer:
        async def __call__(self, scope, receive, send):
            await send((scope, receive))

    DEFECT["spoil"](Layer)
    return Layer()


def ask(spoilt, scope, times):
    """Return how many of `times` requests failed, and how many were answered."""
    answered, failed = [], 0

    async def send(message):
        answered.append(message)

    async def all_of_them():
        nonlocal failed
        for _ in range(times):
            try:
                await spoilt(scope, None, send)
            except DEFECT["Broken"]:
                failed += 1

    asyncio.run(all_of_them())
    return failed, len(answered)


def test_one_request_in_twenty_fails():
    assert ask(layer(), {"type": "http", "path": "/api/v1/events"}, 200) == (10, 190)


def test_health_and_lifespan_do_not_fail_so_that_the_pod_is_ready():
    assert ask(layer(), {"type": "http", "path": "/health/live"}, 40) == (0, 40)
    assert ask(layer(), {"type": "lifespan"}, 40) == (0, 40)


def apply(change, document):
    """Apply a JSON patch of the two operations in use."""
    for step in change:
        *way, last = step["path"].strip("/").split("/")
        place = document
        for part in way:
            place = place[int(part) if isinstance(place, list) else part]
        if last == "-":
            assert step["op"] == "add"
            place.append(step["value"])
        else:
            assert last in place
            place[last] = step["value"]
    return document


def test_the_bad_release_runs_the_program_from_its_config_map():
    spec = apply(bad_release(), msgspec.convert(POD, dict))["spec"]["template"]["spec"]
    [container] = spec["containers"]
    mount, volume = container["volumeMounts"][-1], spec["volumes"][-1]
    [file] = config_map()["data"]

    assert container["command"] == ["python", f"{mount['mountPath']}/{file}"]
    assert mount["name"] == volume["name"]
    assert volume["configMap"]["name"] == config_map()["metadata"]["name"]


def test_a_changed_setting_adds_one_variable():
    changed = apply(changed_setting(), msgspec.convert(POD, dict))
    [container] = changed["spec"]["template"]["spec"]["containers"]

    assert [one["name"] for one in container["env"]] == [
        "HOLDFAST_INSTANCE",
        "HOLDFAST_LOG_LEVEL",
    ]
