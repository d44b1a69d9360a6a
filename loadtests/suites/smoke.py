"""The smoke suite: every persona calls every route once; no route is left out."""

import httpx
from msgspec import structs

from loadtests.phase import Phase, RunContext, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, RunOptions, Suite
from targets.verdict import Verdict

SMOKE_PACE = Pace(rate_per_second=0.0, seconds=120.0, warm_up_seconds=0.0)
_OPENAPI = "/api/v1/openapi.json"
_SLICES = ("auth", "me", "api-keys", "organizations", "events")


def run(context: RunContext, _options: RunOptions) -> Findings:
    """Run it; missed if a response is wrong or a documented route was not called."""
    plan = structs.replace(context.plan({}, SMOKE_PACE), model="smoke", processes=1)
    phase = run_phase(context, "calling every route", plan, {})
    untested = sorted(documented_routes(context.addresses.host) - {*phase.stats.routes})
    facts: dict[str, object] = {
        "routes_tested": sorted(phase.stats.routes),
        "routes_untested": untested,
    }
    return Findings(
        verdict=decide(phase, untested),
        phases=[phase],
        invalid_because=phase.flaws,
        facts=facts,
    )


def decide(phase: Phase, untested: list[str]) -> Verdict:
    """Return the verdict; a wrong response is a miss, even if all counts match."""
    if phase.stats.failures or untested:
        return Verdict.MISSED
    return Verdict.INVALID if phase.flaws else Verdict.MET


def documented_routes(host: str) -> set[str]:
    """Return the routes of the OpenAPI document in the slices that have personas."""
    described = httpx.get(host + _OPENAPI, timeout=10).raise_for_status().json()
    return {
        f"{method.upper()} {path}"
        for path, methods in described["paths"].items()
        for method in methods
        if path.removeprefix("/api/v1/").split("/")[0] in _SLICES
    }


SMOKE = Suite("smoke", "Every route once, by every persona", run)
