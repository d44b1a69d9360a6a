from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import targets
from loadtests.addresses import Addresses
from loadtests.server_counters import (
    CounterReader,
    Counters,
    find_mismatch,
    server_percentile,
)

LIST, LOGIN = "GET /api/v1/events", "POST /api/v1/auth/login"


def counted(*started, buckets=None, **requests):
    names = {"listed": LIST, "logged_in": LOGIN}
    by_route = {names[word]: count for word, count in requests.items()}
    return Counters(by_route, buckets or {}, started or (1.0,))


def test_equal_counts_confirm_each_other():
    before, after = counted(listed=50), counted(listed=1050, logged_in=9)

    assert find_mismatch(before, after, answered={LIST: 1000}, unanswered={}) == ""


def test_a_count_more_than_one_percent_apart_is_a_contradiction():
    before, after = counted(), counted(listed=985)

    assert "985" in find_mismatch(before, after, answered={LIST: 1000}, unanswered={})


def test_requests_without_a_response_may_have_reached_the_server():
    before = counted()
    answered, unanswered = {LIST: 1000}, {LIST: 100}

    for seen in (1000, 1100):
        after = counted(listed=seen)
        assert (
            find_mismatch(before, after, answered=answered, unanswered=unanswered) == ""
        )
    after = counted(listed=1200)
    assert find_mismatch(before, after, answered=answered, unanswered=unanswered)


def test_a_restarted_instance_lost_its_counts():
    before, after = counted(1.0, 1.5, listed=10), counted(1.0, 2.0, listed=1000)

    assert "restarted" in find_mismatch(
        before, after, answered={LIST: 990}, unanswered={}
    )


def test_the_count_of_an_instance_that_left_is_lost():
    before, after = counted(1.0, 1.5, listed=10), counted(1.0, listed=1000)

    assert "restarted" in find_mismatch(
        before, after, answered={LIST: 990}, unanswered={}
    )


def test_the_count_of_an_instance_that_joined_starts_at_zero():
    before, after = counted(1.0, listed=10), counted(1.0, 9.0, listed=1000)

    assert find_mismatch(before, after, answered={LIST: 990}, unanswered={}) == ""
    assert find_mismatch(before, after, answered={LIST: 1100}, unanswered={})


def test_the_servers_p95_is_interpolated_inside_its_bucket():
    buckets = {(LIST, 0.1): 90.0, (LIST, 0.2): 100.0, (LIST, float("inf")): 100.0}
    after = counted(listed=100, buckets=buckets)

    assert server_percentile(counted(), after, [LIST], 0.95) == pytest.approx(0.15)


def test_only_counts_between_the_readings_matter():
    buckets = {(LIST, 0.1): 90.0, (LIST, float("inf")): 100.0}
    same = counted(listed=100, buckets=buckets)

    assert server_percentile(same, same, [LIST], 0.95) is None


PAGE = """# TYPE process_start_time_seconds gauge
process_start_time_seconds {started}
# TYPE {name} histogram
{name}_bucket{{method="GET",route="/api/v1/events",le="+Inf"}} {count}
{name}_count{{method="GET",route="/api/v1/events"}} {count}
{name}_sum{{method="GET",route="/api/v1/events"}} 1
"""


class Instance(ThreadingHTTPServer):
    """A metrics page whose count is set by a test."""

    def __init__(self, started):
        self.started, self.count = started, 0
        super().__init__(("127.0.0.1", 0), Page)
        Thread(target=self.serve_forever, daemon=True).start()
        self.page = f"http://127.0.0.1:{self.server_port}/metrics"


class Page(BaseHTTPRequestHandler):
    server: Instance

    def do_GET(self):
        name = targets.load().signal["http"].histogram
        told = {"started": self.server.started, "count": self.server.count}
        body = PAGE.format(name=name, **told).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Keep the test output free of access logs."""


@pytest.fixture
def instances():
    """Yield two instances, each on its own port."""
    made = [Instance(1.0), Instance(2.0)]
    yield made
    for one in made:
        one.shutdown()
        one.server_close()


def test_an_instance_that_joined_in_one_phase_is_counted_in_the_next(instances):
    first, second = instances
    serving = [first.page]
    addresses = Addresses("http://api.test", (first.page,), lambda: tuple(serving))

    for answered in (30, 50):
        reader = CounterReader(addresses, targets.load())
        before = reader.read()
        first.count += 20
        second.count += answered - 20
        serving[:] = [first.page, second.page]
        after = reader.read_when_settled(before, [LIST])

        assert not find_mismatch(
            before, after, answered={LIST: answered}, unanswered={}
        )
