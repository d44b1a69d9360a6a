"""The plan of a generator run; the generator reads it as JSON from stdin."""

from typing import Literal

from msgspec import Struct

from loadtests.dataset import Dataset


class Pace(Struct, frozen=True):
    """How fast and how long; `seconds` are measured, the warm-up comes before."""

    rate_per_second: float
    seconds: float
    warm_up_seconds: float


class Plan(Struct, frozen=True, kw_only=True):
    """One phase at a fixed rate, with a fixed number of users, or a smoke run.

    `mix` maps an action (`analyst.list_recent`) to its weight. `edges_seconds` are the
    latency bounds of the targets: responses above each bound are counted exactly.
    """

    host: str
    dataset: Dataset
    seed: int
    model: Literal["open", "closed", "smoke"] = "open"
    mix: dict[str, int] = {}
    rate_per_second: float = 0.0
    users: int = 0
    think_seconds: float = 1.0
    warm_up_seconds: float = 0.0
    measured_seconds: float = 0.0
    edges_seconds: tuple[float, ...] = ()
    in_flight_limit: int = 1000
    timeout_seconds: float = 10.0
    processes: int = 1
