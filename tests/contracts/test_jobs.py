"""Messages and actors match one to one: every message has a handler."""

import importlib
from collections import Counter
from pathlib import Path

import pytest

from api.kernel.messages import Message
from workers.actors import ACTORS
from workers.jobs.handlers import handlers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def messages():
    for path in sorted((ROOT / "api").glob("*/messages.py")):
        importlib.import_module(f"api.{path.parent.name}.messages")
    found = [
        kind
        for kind in Message.__subclasses__()
        if kind.__module__.startswith(("api.", "workers."))
    ]
    assert found
    return found


def test_every_message_has_exactly_one_actor(messages):
    promised = Counter(kind.actor for kind in messages)

    assert promised == Counter(handlers().keys())


def test_an_actor_is_named_after_its_slice(messages):
    for kind in messages:
        room, _, module = kind.__module__.partition(".")
        slice_ = module.split(".")[0] if room == "api" else module.split(".")[-1]

        assert kind.actor.startswith(f"{slice_}."), kind


def test_every_module_with_handlers_is_listed():
    files = {path.stem for path in (ROOT / "workers" / "actors").glob("*.py")}

    assert {module.__name__.rpartition(".")[2] for module in ACTORS} == (
        files - {"__init__"}
    )


def test_every_later_field_of_a_message_is_optional(messages):
    """Old workers read new messages: they must not forbid unknown fields."""
    assert not any(
        kind.__struct_config__.forbid_unknown_fields is True for kind in messages
    )
