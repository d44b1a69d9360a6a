import json

import pytest

from loadtests.tally import Tally

EDGES = (0.1, 0.2)


def record(tally, latencies, *, failed=False, route="GET /api/v1/events"):
    for latency in latencies:
        tally.route(route).record(
            intended=latency, service=0.001, failed=failed, edges=EDGES
        )


def test_tallies_of_two_processes_merge_into_what_one_would_have_counted():
    whole, left, right = Tally(), Tally(), Tally()
    latencies = [n / 1000 for n in range(1, 401)]
    record(whole, latencies)
    record(left, latencies[::2])
    record(right, latencies[1::2])

    merged = Tally().merge(left.dump()).merge(json.loads(json.dumps(right.dump())))

    name = "GET /api/v1/events"
    assert merged.sent == 400
    assert merged.routes[name].bad == whole.routes[name].bad
    for share in (50, 95, 99):
        assert merged.routes[name].intended.percentile(share) == whole.routes[
            name
        ].intended.percentile(share)


def test_percentiles_are_exact_to_three_digits():
    tally = Tally()
    record(tally, [n / 1000 for n in range(1, 1001)])

    p95 = tally.routes["GET /api/v1/events"].intended.percentile(95)

    assert p95 == pytest.approx(0.950, rel=0.001)


def test_a_fast_failure_is_bad_for_every_edge_and_slower_than_everything():
    tally = Tally()
    record(tally, [0.001] * 10, failed=True)

    route = tally.routes["GET /api/v1/events"]

    assert route.bad == {0.1: 10, 0.2: 10}
    assert route.intended.percentile(50) == pytest.approx(60, rel=0.001)


def test_routes_are_put_together_by_merging_never_by_averaging():
    tally = Tally()
    record(tally, [0.01] * 90, route="fast")
    record(tally, [1.0] * 10, route="slow")

    assert tally.over(["fast", "slow"]).percentile(95) == pytest.approx(1.0, rel=0.001)


def test_the_number_of_different_reasons_is_bounded():
    tally = Tally()
    for number in range(1000):
        tally.note(f"reason {number}")

    assert len(tally.reasons) == 21
    assert tally.reasons.total() == 1000
