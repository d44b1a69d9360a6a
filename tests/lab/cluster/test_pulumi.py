"""Pulumi is told where its state lies, and what must be written into it."""

import pytest

from lab.cluster.pulumi import UNSAVED, pulumi_environment


@pytest.fixture
def told(places):
    """What pulumi is told for a command."""
    return lambda command="": pulumi_environment(places, command)


def test_a_preview_writes_nothing_down(told):
    assert told("preview").items() >= UNSAVED.items()


@pytest.mark.parametrize("command", ["up", "destroy", "refresh", "stack", ""])
def test_whatever_changes_something_writes_each_step_down(told, command):
    assert not UNSAVED.keys() & told(command).keys()


def test_the_passphrase_is_made_once_and_for_nobody_else(told, tmp_path):
    first, second = told(), told()
    (file,) = tmp_path.rglob("passphrase")

    assert first == second
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text() not in first.values()
