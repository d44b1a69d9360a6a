"""Every public route has an objective, and every route in the targets is served."""

import re

import pytest

import targets
from api.app import create_app
from api.settings import Address, Settings, TokenKey
from dashboards.rules.events import PUBLIC

UNPROMISED = re.compile(r"/health/(live|ready)|/reference.*|/api/v1/openapi\.json")
"""Health pages and the reference use no budget and have no objective."""
PROMISED = re.compile(PUBLIC.partition('"')[2].rstrip('"'))

TYPE = re.compile(r":\w+}")
"""Types of path parameters: not part of the template."""


@pytest.fixture(scope="module")
def routes():
    """Every route as its metric label: method and template."""
    settings = Settings(
        database_hosts=(Address("127.0.0.1", 5432),),
        database_user="holdfast_api",
        database_password="unused",
        token_keys=(TokenKey("one", b"k" * 32),),
    )
    app = create_app(settings)
    found = {
        f"{method} {TYPE.sub('}', route.path)}"
        for route in app.litestar.routes
        for method in route.methods
        if method not in ("OPTIONS", "HEAD")
    }
    assert found
    return found


def test_every_public_route_has_an_objective(routes):
    for route in routes:
        path = route.partition(" ")[2]

        assert PROMISED.fullmatch(path) or UNPROMISED.fullmatch(path), route


def test_every_route_with_its_own_target_is_served(routes):
    for name, slo in targets.load().slo.items():
        comes_later = any(proof.startswith("later:") for proof in slo.proof)
        if slo.signal == "http" and not comes_later:
            assert set(slo.only) <= routes, name


def test_a_route_is_written_as_its_metric_label_says(routes):
    """`/events/{event_id}`, in targets, metrics, load tests and panels alike."""
    for route in routes:
        assert re.fullmatch(r"[A-Z]+ (/[a-z0-9_.-]*|/\{[a-z_]+\})+", route), route
