import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge, Histogram, start_http_server

from exchange.scrapes import Histogram as Difference
from exchange.scrapes import gauges, label_is, scrape, subtract

EDGES = (0.01, 0.1, 1.0)


class Server:
    """A process that publishes a histogram and a gauge, as the API does."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.queries = Histogram(
            "query_seconds", "q", ["class"], buckets=EDGES, registry=registry
        )
        pool = Gauge("pool_connections", "p", ["state"], registry=registry)
        pool.labels("limit").set(20)
        self.server, self.thread = start_http_server(0, "127.0.0.1", registry)
        port = self.server.server_port
        self.pages = {"api-1": f"http://127.0.0.1:{port}/metrics"}


@pytest.fixture
def served():
    server = Server()
    yield server
    server.server.shutdown()
    server.server.server_close()
    server.thread.join()


def count(before, after, *values) -> Difference:
    wanted = label_is("class", values)
    return subtract(before, after, histogram="query_seconds", wanted=wanted)


def test_only_events_of_the_class_between_the_scrapes_count(served):
    served.queries.labels("simple").observe(0.5)
    before = scrape(served.pages)
    for seconds in (0.005, 0.01, 0.05, 5.0):
        served.queries.labels("simple").observe(seconds)
    served.queries.labels("complex").observe(0.5)

    counted = count(before, scrape(served.pages), "simple")

    assert counted.total == 4
    assert counted.over(0.01) == 2
    assert counted.over(1.0) == 1


def test_without_label_values_all_classes_count(served):
    served.queries.labels("simple").observe(0.5)
    served.queries.labels("complex").observe(0.5)

    assert count({}, scrape(served.pages)).total == 2


def test_a_limit_that_is_not_an_edge_raises(served):
    served.queries.labels("simple").observe(0.5)

    with pytest.raises(LookupError, match=r"no edge at 0\.2 s"):
        count({}, scrape(served.pages)).over(0.2)


def test_a_restart_between_the_scrapes_raises(served):
    served.queries.labels("simple").observe(0.005)
    later = scrape(served.pages)
    served.queries.clear()
    served.queries.labels("simple")

    with pytest.raises(ValueError, match="api-1 restarted"):
        count(later, scrape(served.pages))


def test_gauges_are_read_by_process(served):
    scraped = scrape(served.pages)

    assert gauges(scraped, "pool_connections", state="limit") == {"api-1": 20.0}
    assert gauges(scraped, "pool_connections", state="idle") == {}


@given(st.lists(st.integers(0, 50), min_size=3, max_size=3), st.floats(0.01, 0.99))
def test_a_quantile_lies_in_the_bucket_that_holds_it(counts, share):
    cumulative = [sum(counts[: n + 1]) for n in range(3)]
    total = cumulative[-1]
    counted = Difference(
        total, {**dict(zip(EDGES, cumulative, strict=True)), float("inf"): total}
    )

    value = counted.quantile(share)

    assert 0 <= value <= EDGES[-1]
    if total:
        reached = next(
            e for e, n in zip(EDGES, cumulative, strict=True) if n >= share * total
        )
        assert value <= reached
