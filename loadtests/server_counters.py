"""Server-side counters of the same run, to check the generator's figures."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

import httpx
from msgspec import Struct
from prometheus_client.samples import Sample

from exchange.scrapes import Histogram, read_page
from loadtests.addresses import Addresses
from targets import Targets

_SETTLE_SECONDS = 5.0
_TOLERATED_SHARE = 0.01


class MetricsUnavailable(Exception):
    """A metrics page did not respond, or lacks the histogram."""


class Counters(Struct, frozen=True):
    """The counters, summed over the instances at one moment.

    `requests` is keyed by route ("GET /api/v1/events"), `buckets` by route and upper
    edge. `started` holds the start times of the processes, later ones last: a changed
    start time means that the counters were reset. `resident_bytes` is the memory of
    the largest instance, `cpu_seconds` the processor time of all instances.
    """

    requests: dict[str, float]
    buckets: dict[tuple[str, float], float]
    started: tuple[float, ...]
    resident_bytes: float = 0.0
    cpu_seconds: float = 0.0


class CounterReader:
    """Reads the metrics pages of all instances behind one address."""

    def __init__(self, addresses: Addresses, targets: Targets) -> None:
        self.addresses = addresses
        self.pages = addresses.pages()
        self.histogram = targets.signal["http"].histogram

    def read(self) -> Counters:
        """Return the present counters; raises MetricsUnavailable."""
        requests: dict[str, float] = defaultdict(float)
        buckets: dict[tuple[str, float], float] = defaultdict(float)
        started, resident, used = [], [0.0], 0.0
        for sample in self.read_samples():
            if sample.name == "process_start_time_seconds":
                started.append(sample.value)
            elif sample.name == "process_resident_memory_bytes":
                resident.append(sample.value)
            elif sample.name == "process_cpu_seconds_total":
                used += sample.value
            elif sample.name == f"{self.histogram}_count":
                requests[name_route(sample.labels)] += sample.value
            elif sample.name == f"{self.histogram}_bucket":
                edge = float(sample.labels["le"])
                buckets[name_route(sample.labels), edge] += sample.value
        return Counters(
            dict(requests), dict(buckets), tuple(started), max(resident), used
        )

    def read_samples(self) -> Iterator[Sample]:
        """Yield every sample on every page."""
        for page in self.pages:
            try:
                yield from read_page(page)
            except httpx.HTTPError as failure:
                raise MetricsUnavailable(f"{page}: {failure}") from failure

    def read_when_settled(self, before: Counters, routes: Iterable[str]) -> Counters:
        """Read until the counters are stable: a response may precede its own count.

        Instances that joined meanwhile are read as well; they counted from zero.
        """
        self.pages = self.addresses.pages()
        names = set(routes)
        deadline = time.monotonic() + _SETTLE_SECONDS
        last = self.read()
        while time.monotonic() < deadline:
            time.sleep(0.25)
            now = self.read()
            if count_between(before, now, names) == count_between(before, last, names):
                return now
            last = now
        return last


def name_route(labels: dict[str, str]) -> str:
    """Return the route key that the personas use for these labels."""
    return f"{labels['method']} {labels['route']}"


def count_between(before: Counters, after: Counters, routes: Iterable[str]) -> float:
    """Return the requests on `routes` between two readings."""
    return sum(after.requests.get(r, 0) - before.requests.get(r, 0) for r in routes)


def find_mismatch(
    before: Counters,
    after: Counters,
    *,
    answered: dict[str, int],
    unanswered: dict[str, int],
) -> str:
    """Return why the servers' count does not confirm ours, or an empty text.

    Requests without a response may or may not have reached a server.
    """
    if after.started[: len(before.started)] != before.started:
        return "an instance restarted or left during the run: what it counted is lost"
    ours, doubtful = sum(answered.values()), sum(unanswered.values())
    theirs = count_between(before, after, {*answered, *unanswered})
    slack = max(1.0, ours * _TOLERATED_SHARE)
    if ours - slack <= theirs <= ours + doubtful + slack:
        return ""
    return (
        f"the servers counted {theirs:.0f} requests, we {ours} answered"
        f" and {doubtful} unanswered: more than 1 % apart"
    )


def server_percentile(
    before: Counters, after: Counters, routes: Iterable[str], share: float
) -> float | None:
    """Return seconds by the servers' histogram, interpolated inside the bucket."""
    names = set(routes)
    within: dict[float, int] = defaultdict(int)
    for (route, edge), count in after.buckets.items():
        if route in names:
            within[edge] += round(count - before.buckets.get((route, edge), 0))
    counted = Histogram(within[float("inf")], within)
    return counted.quantile(share) if counted.total > 0 else None
