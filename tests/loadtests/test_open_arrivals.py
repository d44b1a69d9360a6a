"""Open arrivals must report a server's stall, which a closed model hides."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from msgspec import structs

from loadtests.dataset import Account, Dataset, Session, Tenant
from loadtests.generator import GeneratorBroke, generate
from loadtests.plan import Plan

CAST = Dataset(
    accounts=(Account("a@load.example", "secret"),),
    sessions=(Session("a", "r"),),
    tenants=(Tenant("t", "w", "r", ("e1",)),),
)
PLAN = Plan(
    host="",
    dataset=CAST,
    seed=1,
    mix={"analyst.list_recent": 1},
    measured_seconds=6.0,
    edges_seconds=(0.15,),
)
LIST = "GET /api/v1/events"


def quiet(_progress):
    return None


@pytest.fixture(scope="module")
def stalled(stub):
    """Run the same server with the same stalls, once in each model."""
    plans = {
        "open": structs.replace(PLAN, rate_per_second=100.0),
        "closed": structs.replace(PLAN, model="closed", users=3, think_seconds=0.03),
    }

    def run(model):
        with stub(stall_every=3.0, stall_for=0.5) as url:
            return generate(structs.replace(plans[model], host=url), quiet)

    with ThreadPoolExecutor() as threads:
        return dict(zip(plans, threads.map(run, plans), strict=True))


def test_open_arrivals_report_the_stall_that_the_closed_model_hides(stalled):
    opened = stalled["open"].routes[LIST].intended.percentile(95)
    closed = stalled["closed"].routes[LIST].intended.percentile(95)

    assert opened > 0.2
    assert closed < 0.05


def test_the_closed_model_sends_less_while_the_server_stalls(stalled):
    assert stalled["open"].scheduled == stalled["open"].sent
    stalled_share = stalled["open"].routes[LIST].bad[0.15] / stalled["open"].sent
    hidden_share = stalled["closed"].routes[LIST].bad[0.15] / stalled["closed"].sent
    assert stalled_share > 5 * hidden_share


def test_two_processes_share_one_rate_and_merge_their_histograms(stub):
    with stub() as url:
        plan = structs.replace(
            PLAN, host=url, rate_per_second=100.0, processes=2, measured_seconds=4.0
        )
        stats = generate(plan, quiet)

    assert stats.scheduled == pytest.approx(400, rel=0.25)
    assert stats.routes[LIST].intended.count == stats.sent == stats.scheduled
    assert stats.answered[LIST] == stats.sent


def test_warm_up_is_excluded_by_intended_start(stub):
    with stub() as url:
        plan = structs.replace(
            PLAN,
            host=url,
            rate_per_second=100.0,
            warm_up_seconds=1.0,
            measured_seconds=1.0,
        )
        stats = generate(plan, quiet)

    assert stats.sent == stats.scheduled
    assert stats.answered[LIST] > stats.sent > 0


def test_a_full_generator_drops_arrivals_and_reports_them(stub):
    with stub(stall_every=1.0, stall_for=0.9) as url:
        plan = structs.replace(
            PLAN,
            host=url,
            rate_per_second=200.0,
            measured_seconds=2.0,
            in_flight_limit=10,
        )
        stats = generate(plan, quiet)

    assert stats.dropped > 0
    assert stats.sent + stats.dropped == stats.scheduled


def test_a_refused_connection_is_counted_as_a_failure():
    plan = structs.replace(
        PLAN, host="http://127.0.0.1:9", rate_per_second=50.0, measured_seconds=1.0
    )

    stats = generate(plan, quiet)

    assert stats.failures == stats.sent == stats.scheduled > 0
    assert stats.unanswered[LIST] == stats.sent


def test_an_unknown_action_is_a_crash_with_its_cause():
    plan = structs.replace(
        PLAN, mix={"analyst.dance": 1}, rate_per_second=1.0, measured_seconds=1.0
    )

    with pytest.raises(GeneratorBroke, match="dance"):
        generate(plan, quiet)
