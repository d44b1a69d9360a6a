"""Pulumi's environment: the place of its state, and when it is written."""

import pytest

from lab.cluster.pulumi import UNSAVED, pulumi_environment


@pytest.fixture
def told(places):
    """The environment of a pulumi command."""
    return lambda command="": pulumi_environment(places, command)


def test_a_preview_writes_no_state(told):
    assert told("preview").items() >= UNSAVED.items()


@pytest.mark.parametrize("command", ["up", "destroy", "refresh", "stack", ""])
def test_a_command_that_changes_something_writes_the_state_after_each_step(
    told, command
):
    assert not UNSAVED.keys() & told(command).keys()


def test_the_passphrase_is_made_once_and_is_private(told, tmp_path):
    first, second = told(), told()
    (file,) = tmp_path.rglob("passphrase")

    assert first == second
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text() not in first.values()
