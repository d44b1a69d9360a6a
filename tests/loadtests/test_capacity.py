import pytest

from loadtests.cast import Cast
from loadtests.phase import Phase, Stage
from loadtests.plan import Plan
from loadtests.suites.capacity import describe_knee, find_knee, held_slos, judge_climb
from loadtests.tally import Tally
from loadtests.verdicts import edges_of
from loadtests.whereabouts import Whereabouts
from loadtests.witness import Statement
from targets import load
from targets.verdict import Verdict

TARGETS = load()
PROMISE = TARGETS.capacity["api"]
WANTED = PROMISE.value
NOBODY = Cast((), (), ())


@pytest.fixture
def stage():
    return make_stage("http://api.example")


def make_stage(host):
    return Stage(
        where=Whereabouts(host, ("http://api.example/metrics",)),
        cast=NOBODY,
        targets=TARGETS,
        seed=1,
        processes=1,
        busy_before=0.0,
        say=lambda *_: None,
    )


def step(stage, rate, *, slow=0, flaws=(), memory=100e6):
    slos = held_slos(stage, PROMISE)
    tally = Tally()
    for number in range(5000):
        tally.route("GET /api/v1/events").record(
            intended=9.0 if number < slow else 0.001,
            service=0.001,
            failed=False,
            edges=edges_of(slos.values()),
        )
    return Phase(
        title=f"{rate}/s",
        plan=Plan(host="", cast=NOBODY, seed=1, rate_per_second=rate),
        tally=tally,
        slos=slos,
        flaws=list(flaws),
        before=None,
        after=Statement({}, {}, (), memory),
        machine_busy=0.5,
    )


def test_the_knee_lies_between_what_held_and_what_broke(stage):
    knee = find_knee([step(stage, 100), step(stage, 140), step(stage, 196, slow=1000)])

    assert (knee.held_per_second, knee.stopped_at_per_second) == (140, 196)
    assert "held 140/s, broke at 196/s: slo.latency" in describe_knee(knee)


def test_a_late_generator_decides_nothing_about_the_servers(stage):
    knee = find_knee([step(stage, 100), step(stage, 140, flaws=["left late"])])

    assert describe_knee(knee) == "held 100/s, not decided at 140/s: left late"


def test_a_rate_too_close_to_the_line_did_not_hold(stage):
    knee = find_knee([step(stage, 100), step(stage, 140, slow=250)])

    assert knee.held_per_second == 100
    assert not knee.broke


def test_holding_the_promised_rate_on_every_instance_is_met(stage):
    steps = [step(stage, WANTED / 2), step(stage, WANTED)]

    measurement = judge_climb(stage, steps)

    assert (measurement.verdict, measurement.value) == (Verdict.MET, WANTED)


def test_holding_the_rate_with_too_much_memory_is_missed(stage):
    measurement = judge_climb(stage, [step(stage, WANTED, memory=1e9)])

    assert measurement.verdict is Verdict.MISSED


def test_breaking_below_the_promise_on_machines_of_their_own_is_missed(stage):
    steps = [step(stage, 100), step(stage, 140, slow=1000)]

    assert judge_climb(stage, steps).verdict is Verdict.MISSED


def test_breaking_on_cores_shared_with_the_generator_is_not_measured():
    local = make_stage("http://127.0.0.1:8000")
    steps = [step(local, 100), step(local, 140, slow=1000)]

    measurement = judge_climb(local, steps)

    assert measurement.verdict is Verdict.NOT_MEASURED
    assert measurement.value == 100
    assert "share this machine's cores" in measurement.detail
