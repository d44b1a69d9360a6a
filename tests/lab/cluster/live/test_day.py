"""A real cluster with the real command line, language host, provider and pods."""

import pytest

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(4500)]


@pytest.mark.parametrize("command", ["up", "deploy", "smoke", "destroy", "down"])
def test_every_command_succeeds(day, command):
    assert day.codes.get(command) == 0, day.said.get(command, "it was never run")[
        -3000:
    ]


@pytest.mark.parametrize("name", ["image", "preview", "start", "second-up"])
def test_an_installation_meets_its_targets(day, name):
    outcome = day.outcome(name)

    assert outcome["verdict"] == "met", outcome["measurements"]


def test_the_api_answers_through_its_service(day):
    assert day.answers == {"/health/ready": 200, "/api/v1/events": 401}


def test_every_object_really_exists(day):
    changes = day.outcome("start")["facts"]["changes"]

    assert changes["create"] > 100


def test_nothing_is_left_after_destroy(day):
    outcome = day.outcome("leftovers")

    assert outcome["verdict"] == "met", outcome["facts"]


def test_nothing_is_left_after_down(day):
    assert "nothing is left" in day.said["down"]
