import pytest
from msgspec import structs

from loadtests.addresses import Addresses
from loadtests.dataset import Dataset
from loadtests.phase import Phase, RunContext, blame_noise
from loadtests.plan import Plan
from loadtests.stats import Stats
from loadtests.verdicts import edges_of, judged_slos
from targets import load

EMPTY = Dataset((), (), ())
SLOS = judged_slos(load(), "steady")
STAGE = RunContext(
    addresses=Addresses("http://127.0.0.1:8000", ()),
    dataset=EMPTY,
    targets=load(),
    seed=1,
    processes=1,
    busy_before=0.9,
    notify=lambda *_: None,
)


def phase(*, latency, failed=0):
    stats = Stats()
    for number in range(1000):
        stats.route("GET /api/v1/events").record(
            intended=latency,
            service=latency,
            failed=number < failed,
            edges=edges_of(SLOS.values()),
        )
    return Phase(
        title="",
        plan=Plan(host="", dataset=EMPTY, seed=1),
        stats=stats,
        slos=SLOS,
        flaws=[],
        before=None,
        after=None,
        use=None,
    )


def test_a_latency_missed_while_others_used_the_machine_is_invalid():
    (flaw,) = blame_noise(STAGE, phase(latency=9.0))

    assert "slo.latency" in flaw
    assert "90%" in flaw


def test_a_target_met_despite_the_noise_stays_met():
    assert blame_noise(STAGE, phase(latency=0.001)) == []


def test_errors_count_on_a_busy_machine():
    assert blame_noise(STAGE, phase(latency=0.001, failed=30)) == []


@pytest.mark.parametrize(
    "quiet",
    [
        structs.replace(STAGE, busy_before=0.2),
        structs.replace(STAGE, addresses=Addresses("https://api.example", ())),
    ],
)
def test_slowness_on_a_dedicated_machine_is_missed(quiet):
    assert blame_noise(quiet, phase(latency=9.0)) == []
