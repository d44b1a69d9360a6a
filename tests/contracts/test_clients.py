"""The client types match the API's present OpenAPI document."""

import json

import msgspec
import pytest

from api.openapi import document
from clients import generate, views


@pytest.fixture(scope="module")
def openapi():
    return json.loads(document())


def test_the_committed_types_are_fresh(openapi):
    assert generate.VIEWS.read_text() == generate.generate(openapi)


def test_a_changed_response_makes_the_committed_types_stale(openapi):
    changed = json.loads(json.dumps(openapi).replace('"next_cursor"', '"next"'))

    assert generate.VIEWS.read_text() != generate.generate(changed)


def test_every_type_is_decodable():
    for name, kind in vars(views).items():
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            assert msgspec.json.Decoder(kind), name


def test_a_field_named_like_a_keyword_keeps_its_name_on_the_wire():
    sent = {"id": "r", "from": "a", "to": "b", "state": "done", "builds": 1}

    report = msgspec.convert(sent | {"result": None}, views.ReportView)

    assert report.from_ == "a"
