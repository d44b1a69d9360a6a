"""Prometheus metrics pages: samples, and histograms between two scrapes."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import httpx
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

_TIMEOUT_SECONDS = 5.0

Labels = tuple[tuple[str, str], ...]
Samples = dict[tuple[str, Labels], float]
Scrape = dict[str, Samples]


class Histogram(Struct, frozen=True):
    """Events between two scrapes: cumulative counts by upper edge in seconds."""

    total: int
    within: dict[float, int]

    def over(self, limit: float) -> int:
        """Return the events slower than `limit`, an edge; raises LookupError."""
        if limit not in self.within:
            raise LookupError(f"no edge at {limit} s")
        return self.total - self.within[limit]

    def quantile(self, share: float) -> float:
        """Return the value at `share` (0…1), interpolated linearly in its bucket."""
        wanted = share * self.total
        below, low = 0, 0.0
        for edge, count in sorted(self.within.items()):
            if count >= wanted and edge != float("inf"):
                inside = count - below
                return low + (edge - low) * ((wanted - below) / inside if inside else 1)
            below, low = count, edge if edge != float("inf") else low
        return low


def read_page(url: str) -> Iterator[Sample]:
    """Yield every sample of one metrics page, never through a proxy.

    Raises httpx.HTTPError when it does not answer, ValueError on damaged text.
    """
    answer = httpx.get(url, timeout=_TIMEOUT_SECONDS, trust_env=False)
    for family in text_string_to_metric_families(answer.raise_for_status().text):
        yield from family.samples


def scrape(pages: Mapping[str, str]) -> Scrape:
    """Return the samples of every page, by process; raises like read_page."""
    return {
        name: {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for sample in read_page(url)
        }
        for name, url in pages.items()
    }


def subtract(
    before: Scrape,
    after: Scrape,
    *,
    histogram: str,
    wanted: Callable[[Mapping[str, str]], bool],
) -> Histogram:
    """Return the events of `histogram` whose labels are `wanted`, over all processes.

    A process that is absent from `before` has counted from zero. Raises ValueError when
    a process restarted between the two scrapes.
    """
    within: dict[float, int] = {}
    for process, samples in after.items():
        for (name, pairs), value in samples.items():
            labels = dict(pairs)
            if name != f"{histogram}_bucket" or not wanted(labels):
                continue
            grown = value - before.get(process, {}).get((name, pairs), 0.0)
            if grown < 0:
                raise ValueError(f"{process} restarted while it was measured")
            edge = float(labels["le"])
            within[edge] = within.get(edge, 0) + round(grown)
    return Histogram(within.get(float("inf"), 0), within)


def gauges(scraped: Scrape, name: str, **labels: str) -> dict[str, float]:
    """Return the gauge `name` with these labels, by process."""
    return {
        process: value
        for process, samples in scraped.items()
        for (sample, pairs), value in samples.items()
        if sample == name and labels.items() <= dict(pairs).items()
    }


def label_is(label: str, values: Iterable[str]) -> Callable[[Mapping[str, str]], bool]:
    """Return a filter: `label` is one of `values`, or anything without values."""
    known = set(values)
    return lambda labels: not known or labels.get(label) in known
