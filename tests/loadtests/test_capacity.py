import pytest

from loadtests.addresses import Addresses
from loadtests.dataset import Dataset
from loadtests.knee import describe_step, find_knee, next_rate
from loadtests.machine import CpuUse
from loadtests.phase import Phase, RunContext
from loadtests.plan import Plan
from loadtests.server_counters import Counters
from loadtests.stats import Stats
from loadtests.suites.capacity import held_slos, judge_climb
from loadtests.validity import find_overload
from loadtests.verdicts import edges_of
from targets import load
from targets.verdict import Verdict

TARGETS = load()
TARGET = TARGETS.capacity["api"]
WANTED = TARGET.value
EMPTY = Dataset((), (), ())


@pytest.fixture
def context():
    return make_stage("http://api.example")


def make_stage(host):
    return RunContext(
        addresses=Addresses(host, ("http://api.example/metrics",)),
        dataset=EMPTY,
        targets=TARGETS,
        seed=1,
        processes=1,
        busy_before=0.0,
        notify=lambda *_: None,
    )


def step(context, rate, *, slow=0, flaws=(), memory=100e6, cores=0.5, busy=1.0):  # noqa: PLR0913 - one parameter per figure of a step
    """Return a 10 s step whose instances used `cores` of the `busy` ones, of two."""
    slos = held_slos(context, TARGET)
    stats = Stats()
    for number in range(5000):
        stats.route("GET /api/v1/events").record(
            intended=9.0 if number < slow else 0.001,
            service=0.001,
            failed=False,
            edges=edges_of(slos.values()),
        )
    return Phase(
        title=f"{rate}/s",
        plan=Plan(
            host="", dataset=EMPTY, seed=1, rate_per_second=rate, measured_seconds=10.0
        ),
        stats=stats,
        slos=slos,
        flaws=list(flaws),
        before=Counters({}, {}, (), memory, 100.0),
        after=Counters({}, {}, (), memory, 100.0 + 10 * cores),
        use=CpuUse(busy, 2),
    )


def knee_of(*steps, local=True):
    return find_knee(list(steps), local=local, instances=1)


def test_the_knee_lies_between_the_held_and_the_failed_rate(context):
    knee = knee_of(
        step(context, 100), step(context, 140), step(context, 196, slow=1000)
    )

    assert (knee.held_per_second, knee.stopped_at_per_second) == (140, 196)
    assert "held 140/s, broke at 196/s: slo.latency" in knee.describe()


def test_a_late_generator_says_nothing_about_the_servers(context):
    knee = knee_of(step(context, 100), step(context, 140, flaws=["left late"]))

    assert knee.describe() == "held 100/s, not decided at 140/s: left late"
    assert knee.limit == "generator"


def test_a_rate_too_close_to_the_target_did_not_hold(context):
    knee = knee_of(step(context, 100), step(context, 140, slow=250))

    assert knee.held_per_second == 100
    assert not knee.broke


def test_the_instance_is_the_limit_while_other_cores_were_free(context):
    pegged = step(context, 140, slow=1000, cores=1.0, busy=1.6)

    assert knee_of(step(context, 100), pegged).limit == "instance"


def test_the_machine_is_the_limit_when_the_other_cores_were_saturated(context):
    busy = step(context, 140, slow=1000, cores=0.7, busy=1.95)

    assert knee_of(step(context, 100), busy).limit == "machine"
    assert knee_of(step(context, 100), busy, local=False).limit == "instance"


def test_arrivals_dropped_by_a_generator_on_time_count_against_the_servers(context):
    drowned = step(context, 140, slow=1000, cores=1.0, busy=1.6)
    drowned.stats.dropped = 300
    drowned.flaws.extend(find_overload(drowned.plan, drowned.stats))

    knee = knee_of(step(context, 100), drowned)

    assert drowned.flaws
    assert knee.limit == "instance"
    assert "300 arrivals dropped" in knee.because


def test_arrivals_dropped_by_a_late_generator_prove_nothing(context):
    late = step(context, 140, slow=1000, flaws=["left late"])
    late.stats.dropped = 300
    late.flaws.extend(find_overload(late.plan, late.stats))

    assert knee_of(step(context, 100), late).limit == "generator"


def test_the_search_climbs_beyond_the_goal_and_closes_in_on_the_knee(context):
    """Rates up to 1600/s hold; each offered rate follows from the steps before."""
    steps: list[Phase] = []
    rate: float | None = 250.0
    while rate is not None:
        steps.append(step(context, rate, slow=1000 if rate > 1600 else 0))
        rate = next_rate(steps, 1000.0)

    offered = [one.plan.rate_per_second for one in steps]
    assert offered == [250, 500, 1000, 1400, 1960, 1657]


def test_the_search_goes_down_when_the_first_step_breaks(context):
    steps = [step(context, 250, slow=1000)]

    assert next_rate(steps, 1000.0) == 125
    assert next_rate([*steps, step(context, 125)], 1000.0) == 177


def test_an_undecided_rate_beyond_the_goal_does_not_end_the_climb(context):
    steps = [step(context, 1000), step(context, 1400, slow=250)]

    assert next_rate(steps, 1000.0) == 1960


def test_a_step_of_the_climb_describes_its_rates_and_its_limit(context):
    told = describe_step(step(context, 140, slow=1000, cores=0.9))

    assert told["offered_per_second"] == 140
    assert told["achieved_per_second"] == 500
    assert told["instance_cores"] == pytest.approx(0.9)
    assert told["held"] is False
    assert "slo.latency" in str(told["because"])


def test_holding_the_targets_rate_on_every_instance_is_met(context):
    steps = [step(context, WANTED / 2), step(context, WANTED)]

    measurement = judge_climb(context, steps)

    assert (measurement.verdict, measurement.value) == (Verdict.MET, WANTED)


def test_holding_the_rate_with_too_much_memory_is_missed(context):
    measurement = judge_climb(context, [step(context, WANTED, memory=1e9)])

    assert measurement.verdict is Verdict.MISSED


def test_a_step_that_fails_above_the_target_does_not_change_the_verdict(context):
    steps = [step(context, WANTED), step(context, WANTED * 1.4, slow=1000)]

    measurement = judge_climb(context, steps)

    assert (measurement.verdict, measurement.value) == (Verdict.MET, WANTED)


def test_memory_above_the_targets_rate_is_not_judged(context):
    steps = [step(context, WANTED), step(context, WANTED * 1.4, memory=1e9)]

    measurement = judge_climb(context, steps)

    assert measurement.verdict is Verdict.MET
    assert measurement.value == WANTED * 1.4


def test_failing_below_the_target_on_machines_of_their_own_is_missed(context):
    steps = [step(context, 100), step(context, 140, slow=1000)]

    assert judge_climb(context, steps).verdict is Verdict.MISSED


@pytest.mark.parametrize(
    ("busy", "verdict"), [(1.5, Verdict.MISSED), (1.95, Verdict.NOT_MEASURED)]
)
def test_failing_below_the_target_beside_the_generator_with_free_cores_is_missed(
    busy, verdict
):
    local = make_stage("http://127.0.0.1:8000")
    steps = [
        step(local, 100),
        step(local, 140, slow=1000, cores=0.9, busy=busy),
    ]

    measurement = judge_climb(local, steps)

    assert (measurement.verdict, measurement.value) == (verdict, 100)


def test_a_late_generator_below_the_target_is_not_measured():
    local = make_stage("http://127.0.0.1:8000")
    steps = [step(local, 100), step(local, 140, flaws=["left late"])]

    measurement = judge_climb(local, steps)

    assert measurement.verdict is Verdict.NOT_MEASURED
    assert "left late" in measurement.detail
