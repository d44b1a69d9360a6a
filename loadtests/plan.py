"""What one generator run is asked to do; travels to it as JSON on its stdin."""

from typing import Literal

from msgspec import Struct

from loadtests.cast import Cast


class Pace(Struct, frozen=True):
    """How fast and how long; `seconds` are measured, the warm-up comes before."""

    rate_per_second: float
    seconds: float
    warm_up_seconds: float


class Plan(Struct, frozen=True, kw_only=True):
    """One phase at one rate, one crowd of users, or one walk through every route.

    `mix` maps an errand (`analyst.list_recent`) to its weight. `edges_seconds` are the
    latencies that some target names: answers above each are counted exactly.
    """

    host: str
    cast: Cast
    seed: int
    model: Literal["open", "closed", "walk"] = "open"
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
