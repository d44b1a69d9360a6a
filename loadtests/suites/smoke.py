"""Every route once by everybody: is it right, and is anything forgotten?"""

import httpx
from msgspec import structs

from loadtests.phase import Phase, Stage, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, Request, Suite
from targets.verdict import Verdict

WALK = Pace(rate_per_second=0.0, seconds=120.0, warm_up_seconds=0.0)
_OPENAPI = "/api/v1/openapi.json"
_SLICES = ("auth", "me", "api-keys", "organizations", "events")


def explore(stage: Stage, _request: Request) -> Findings:
    """Walk; missed when an answer is wrong or a documented route is not walked."""
    plan = structs.replace(stage.plan({}, WALK), model="walk", processes=1)
    phase = run_phase(stage, "walking every route", plan, {})
    forgotten = sorted(documented_routes(stage.where.host) - {*phase.tally.routes})
    facts: dict[str, object] = {
        "routes_walked": sorted(phase.tally.routes),
        "routes_forgotten": forgotten,
    }
    return Findings(
        verdict=decide(phase, forgotten),
        phases=[phase],
        invalid_because=phase.flaws,
        facts=facts,
    )


def decide(phase: Phase, forgotten: list[str]) -> Verdict:
    """A wrong answer is a miss even where nobody confirms the count."""
    if phase.tally.failures or forgotten:
        return Verdict.MISSED
    return Verdict.INVALID if phase.flaws else Verdict.MET


def documented_routes(host: str) -> set[str]:
    """What the API's own description promises for the slices that have personas."""
    described = httpx.get(host + _OPENAPI, timeout=10).raise_for_status().json()
    return {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
        if path.removeprefix("/api/v1/").split("/")[0] in _SLICES
    }


SMOKE = Suite("smoke", "Every route once, by every persona", explore)
