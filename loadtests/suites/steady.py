"""Mixed traffic at a fixed arrival rate: are the latency promises kept?"""

from loadtests.phase import Stage, run_phase
from loadtests.plan import Plan
from loadtests.suites.suite import Findings, Request, Suite
from loadtests.verdicts import judged_slos
from targets.verdict import Verdict, worst

MIX = {
    # the event list, in the share that its target names
    "analyst.list_recent": 25,
    "analyst.list_filtered": 15,
    "analyst.turn_page": 10,
    "analyst.revisit": 10,
    # logging in and refreshing, likewise
    "visitor.log_in": 4,
    "visitor.refresh": 16,
    # everything else
    "analyst.open_event": 2,
    "analyst.read_rollups": 1,
    "integrator.record_event": 9,
    "integrator.repeat_event": 1,
    "integrator.record_batch": 1,
    "integrator.read_back": 2,
    "visitor.register": 1,
    "visitor.read_profile": 3,
}
RATE_PER_SECOND = 120.0
DURATION_SECONDS = 60.0
WARM_UP_SECONDS = 5.0


def explore(stage: Stage, request: Request) -> Findings:
    """One open phase, judged on every promise that names `load:steady`."""
    plan = Plan(
        host=stage.where.host,
        cast=stage.cast,
        seed=stage.seed,
        mix=MIX,
        rate_per_second=request.rate_per_second or RATE_PER_SECOND,
        warm_up_seconds=(
            WARM_UP_SECONDS
            if request.warm_up_seconds is None
            else request.warm_up_seconds
        ),
        measured_seconds=request.duration_seconds or DURATION_SECONDS,
        processes=stage.processes,
    )
    slos = judged_slos(stage.targets, "steady")
    phase = run_phase(stage, f"{plan.rate_per_second:g}/s, mixed", plan, slos)
    measurements = phase.judge("load:steady")
    return Findings(
        verdict=(
            Verdict.INVALID if phase.flaws else worst(m.verdict for m in measurements)
        ),
        phases=[phase],
        measurements=measurements,
        invalid_because=phase.flaws,
    )


STEADY = Suite("steady", "Mixed traffic at a fixed arrival rate", explore)
