import pytest
from msgspec import structs

from loadtests.cast import Cast
from loadtests.phase import Phase, Stage, blame_noise
from loadtests.plan import Plan
from loadtests.tally import Tally
from loadtests.verdicts import edges_of, judged_slos
from loadtests.whereabouts import Whereabouts
from targets import load

NOBODY = Cast((), (), ())
SLOS = judged_slos(load(), "steady")
STAGE = Stage(
    where=Whereabouts("http://127.0.0.1:8000", ()),
    cast=NOBODY,
    targets=load(),
    seed=1,
    processes=1,
    busy_before=0.9,
    say=lambda *_: None,
)


def phase(*, latency, failed=0):
    tally = Tally()
    for number in range(1000):
        tally.route("GET /api/v1/events").record(
            intended=latency,
            service=latency,
            failed=number < failed,
            edges=edges_of(SLOS.values()),
        )
    return Phase(
        title="",
        plan=Plan(host="", cast=NOBODY, seed=1),
        tally=tally,
        slos=SLOS,
        flaws=[],
        before=None,
        after=None,
        use=None,
    )


def test_slowness_while_others_used_the_machine_is_not_held_against_us():
    (flaw,) = blame_noise(STAGE, phase(latency=9.0))

    assert "slo.latency" in flaw
    assert "90%" in flaw


def test_a_promise_that_was_met_in_spite_of_the_noise_stands():
    assert blame_noise(STAGE, phase(latency=0.001)) == []


def test_errors_are_errors_on_any_machine():
    assert blame_noise(STAGE, phase(latency=0.001, failed=30)) == []


@pytest.mark.parametrize(
    "quiet",
    [
        structs.replace(STAGE, busy_before=0.2),
        structs.replace(STAGE, where=Whereabouts("https://api.example", ())),
    ],
)
def test_slowness_on_a_machine_of_its_own_is_missed(quiet):
    assert blame_noise(quiet, phase(latency=9.0)) == []
