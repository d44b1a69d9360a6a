import json

import pytest

from loadtests.stats import Stats

EDGES = (0.1, 0.2)


def record(stats, latencies, *, failed=False, route="GET /api/v1/events"):
    for latency in latencies:
        stats.route(route).record(
            intended=latency, service=0.001, failed=failed, edges=EDGES
        )


def test_statistics_of_two_processes_merge_as_if_one_process_had_counted():
    whole, left, right = Stats(), Stats(), Stats()
    latencies = [n / 1000 for n in range(1, 401)]
    record(whole, latencies)
    record(left, latencies[::2])
    record(right, latencies[1::2])

    merged = Stats().merge(left.dump()).merge(json.loads(json.dumps(right.dump())))

    name = "GET /api/v1/events"
    assert merged.sent == 400
    assert merged.routes[name].bad == whole.routes[name].bad
    for share in (50, 95, 99):
        assert merged.routes[name].intended.percentile(share) == whole.routes[
            name
        ].intended.percentile(share)


def test_percentiles_are_exact_to_three_digits():
    stats = Stats()
    record(stats, [n / 1000 for n in range(1, 1001)])

    p95 = stats.routes["GET /api/v1/events"].intended.percentile(95)

    assert p95 == pytest.approx(0.950, rel=0.001)


def test_a_fast_failure_is_bad_for_every_edge_and_slower_than_everything():
    stats = Stats()
    record(stats, [0.001] * 10, failed=True)

    route = stats.routes["GET /api/v1/events"]

    assert route.bad == {0.1: 10, 0.2: 10}
    assert route.intended.percentile(50) == pytest.approx(60, rel=0.001)


def test_routes_are_merged_never_averaged():
    stats = Stats()
    record(stats, [0.01] * 90, route="fast")
    record(stats, [1.0] * 10, route="slow")

    assert stats.over(["fast", "slow"]).percentile(95) == pytest.approx(1.0, rel=0.001)


def test_the_number_of_different_reasons_is_bounded():
    stats = Stats()
    for number in range(1000):
        stats.note(f"reason {number}")

    assert len(stats.reasons) == 21
    assert stats.reasons.total() == 1000
