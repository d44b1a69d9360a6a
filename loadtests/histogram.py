"""Durations in HDR histograms: 1 µs to 60 s with three digits, mergeable."""

from hdrh.histogram import HdrHistogram

_HIGHEST_MICROSECONDS = 60_000_000
_DIGITS = 3


class Durations:
    """A distribution of durations; percentiles are never averaged, only merged."""

    __slots__ = ("_histogram",)

    def __init__(self) -> None:
        self._histogram = HdrHistogram(1, _HIGHEST_MICROSECONDS, _DIGITS)

    def record(self, seconds: float) -> None:
        """Count one duration; one outside the range counts at its edge."""
        microseconds = int(seconds * 1_000_000)
        self._histogram.record_value(min(max(1, microseconds), _HIGHEST_MICROSECONDS))

    def record_never(self) -> None:
        """Count a failed or missing response as slower than all others."""
        self._histogram.record_value(_HIGHEST_MICROSECONDS)

    @property
    def count(self) -> int:
        return int(self._histogram.get_total_count())

    def percentile(self, percent: float) -> float | None:
        """Return the seconds that `percent` of the durations do not exceed, or None."""
        if not self.count:
            return None
        return float(self._histogram.get_value_at_percentile(percent)) / 1_000_000

    def encode(self) -> str:
        """Return compressed base64 text, fit for JSON and for Locust's messages."""
        return bytes(self._histogram.encode()).decode("ascii")

    def add(self, encoded: str) -> None:
        self._histogram.decode_and_add(encoded)
