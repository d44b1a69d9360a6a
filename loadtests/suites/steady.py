"""The steady suite: mixed traffic at a fixed arrival rate, judged on latency."""

from loadtests.phase import RunContext, run_phase
from loadtests.plan import Pace
from loadtests.suites.suite import Findings, RunOptions, Suite
from loadtests.verdicts import judged_slos
from targets.verdict import Verdict, worst

MIX = {
    # the event list, at its target's share
    "analyst.list_recent": 25,
    "analyst.list_filtered": 15,
    "analyst.turn_page": 10,
    "analyst.revisit": 10,
    # logging in and refreshing, at their target's share
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
PACE = Pace(rate_per_second=120.0, seconds=60.0, warm_up_seconds=5.0)


def run(context: RunContext, options: RunOptions) -> Findings:
    """Run one open phase; judge every target that names `load:steady`."""
    plan = context.plan(MIX, options.resolve(PACE))
    slos = judged_slos(context.targets, "steady")
    phase = run_phase(context, f"{plan.rate_per_second:g}/s, mixed", plan, slos)
    measurements = phase.judge("load:steady")
    return Findings(
        verdict=(
            Verdict.INVALID if phase.flaws else worst(m.verdict for m in measurements)
        ),
        phases=[phase],
        measurements=measurements,
        invalid_because=phase.flaws,
    )


STEADY = Suite("steady", "Mixed traffic at a fixed arrival rate", run)
