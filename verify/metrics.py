"""The platform's own counters, read from every process that publishes some."""

from collections.abc import Iterable, Mapping

import httpx
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

_TIMEOUT_SECONDS = 5.0

Labels = tuple[tuple[str, str], ...]
Scrape = dict[str, dict[tuple[str, Labels], float]]


class Counted(Struct, frozen=True):
    """Events of one histogram between two scrapes, by upper edge in seconds."""

    total: int
    within: dict[float, int]

    def over(self, limit: float) -> int:
        """Events slower than `limit`; raises LookupError when that is no edge."""
        if limit not in self.within:
            raise LookupError(f"no edge at {limit} s")
        return self.total - self.within[limit]

    def quantile(self, share: float) -> float:
        """The value that `share` of the events are within, between edges by a line."""
        wanted = share * self.total
        below, low = 0, 0.0
        for edge, count in sorted(self.within.items()):
            if count >= wanted and edge != float("inf"):
                inside = count - below
                return low + (edge - low) * ((wanted - below) / inside if inside else 1)
            below, low = count, edge if edge != float("inf") else low
        return low


def scrape(processes: Mapping[str, Mapping[str, str]]) -> Scrape:
    """Every sample of every process with a `metrics` address.

    Raises httpx.HTTPError when one does not answer, ValueError on damaged text.
    """
    with httpx.Client(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        return {
            name: _read(client.get(process["metrics"]).raise_for_status().text)
            for name, process in processes.items()
            if process.get("metrics")
        }


def count_between(
    before: Scrape, after: Scrape, *, histogram: str, label: str, values: Iterable[str]
) -> Counted:
    """Events of `histogram` with `label` in `values` (all, when empty), summed up.

    Raises ValueError when a process restarted between the two scrapes.
    """
    wanted = set(values)
    within: dict[float, int] = {}
    for process, samples in after.items():
        for (name, labels), value in samples.items():
            told = dict(labels)
            if name != f"{histogram}_bucket" or (
                wanted and told.get(label) not in wanted
            ):
                continue
            grown = value - before.get(process, {}).get((name, labels), 0.0)
            if grown < 0:
                raise ValueError(f"{process} restarted while it was measured")
            edge = float(told["le"])
            within[edge] = within.get(edge, 0) + round(grown)
    return Counted(within.get(float("inf"), 0), within)


def gauges(scraped: Scrape, name: str, **labels: str) -> dict[str, float]:
    """The gauge `name` with these labels, by process."""
    return {
        process: value
        for process, samples in scraped.items()
        for (sample, told), value in samples.items()
        if sample == name and labels.items() <= dict(told).items()
    }


def _read(text: str) -> dict[tuple[str, Labels], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
