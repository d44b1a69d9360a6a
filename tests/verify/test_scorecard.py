import pytest
from msgspec.structs import replace

import targets
from exchange.outcomes import Measurement
from targets.verdict import Verdict
from verify.plan import FULL, QUICK
from verify.scorecard import build

LOST = "recovery.lost-writes"
KILLED = "chaos:database-process-killed"
HOST = "chaos:database-host-killed"


def judge(outcomes, plan=FULL):
    return build(targets.load(), plan, outcomes)


def line(scorecard, target):
    return next(line for line in scorecard.lines if line.target == target)


def change(outcome, target, **fields):
    return replace(
        outcome,
        measurements=[
            replace(m, **fields) if m.target == target else m
            for m in outcome.measurements
        ],
    )


class TestOneLineATarget:
    def test_every_target_has_its_line_in_every_run(self, full_outcomes):
        assert [each.target for each in judge(full_outcomes).lines] == list(
            targets.load().all()
        )

    def test_a_run_in_which_all_is_met_is_green(self, full_outcomes):
        scorecard = judge(full_outcomes)

        assert scorecard.verdict is Verdict.MET
        assert scorecard.exit_code(strict=False) == 0
        assert all(
            each.verdict is Verdict.MET for each in scorecard.lines if each.planned
        )

    def test_a_target_of_another_run_names_the_command(self, full_outcomes):
        scorecard = judge(full_outcomes)

        for each in scorecard.lines:
            if not each.planned:
                assert each.verdict is Verdict.NOT_MEASURED
                assert each.awaits.startswith(("./task ", "arrives with "))

    def test_strict_fails_on_what_is_not_measured(self, full_outcomes):
        assert judge(full_outcomes).exit_code(strict=True) == 1


class TestCombining:
    @pytest.mark.parametrize(
        ("verdict", "value", "code"),
        [(Verdict.MISSED, 3.0, 1), (Verdict.INVALID, None, 4)],
    )
    def test_the_worst_of_six_experiments_decides(
        self, full_outcomes, verdict, value, code
    ):
        worse = change(full_outcomes[HOST], LOST, verdict=verdict, value=value)

        scorecard = judge({**full_outcomes, HOST: worse})

        assert line(scorecard, LOST).verdict is verdict
        assert line(scorecard, LOST).value == value
        assert scorecard.exit_code(strict=False) == code

    def test_one_unmeasured_proof_keeps_the_target_from_being_green(
        self, full_outcomes
    ):
        silent = change(
            full_outcomes[HOST], LOST, verdict=Verdict.NOT_MEASURED, value=None
        )

        scorecard = judge({**full_outcomes, HOST: silent})

        assert line(scorecard, LOST).verdict is Verdict.NOT_MEASURED
        assert scorecard.exit_code(strict=False) == 0

    def test_several_measurements_by_one_proof_all_count(self, full_outcomes):
        control = full_outcomes[TestNegativeControl.NAME]
        (caught,) = control.measurements
        missed = replace(caught, value=0.0, verdict=Verdict.MISSED)
        twice = replace(control, measurements=[caught, missed])

        scorecard = judge({**full_outcomes, control.source: twice})

        assert line(scorecard, caught.target).verdict is Verdict.MISSED

    def test_among_equals_the_worst_value_is_shown(self, full_outcomes):
        slower = change(full_outcomes[HOST], "recovery.restored", value=44.0)

        shown = line(judge({**full_outcomes, HOST: slower}), "recovery.restored")

        assert shown.measured == "44 s"
        assert shown.detail.startswith("worst of 6")
        assert shown.decided_by == HOST


class TestDoubt:
    def test_a_missing_outcome_is_invalid(self, full_outcomes):
        without = {k: v for k, v in full_outcomes.items() if k != KILLED}

        scorecard = judge(without)

        assert line(scorecard, LOST).verdict is Verdict.INVALID
        assert scorecard.problems == (f"{KILLED} left no outcome",)
        assert scorecard.exit_code(strict=False) == 4

    def test_a_met_measurement_of_an_invalid_run_is_invalid(self, full_outcomes):
        invalid = replace(
            full_outcomes["load:steady"],
            verdict=Verdict.INVALID,
            invalid_because=["the generator was late"],
        )

        scorecard = judge({**full_outcomes, "load:steady": invalid})

        assert line(scorecard, "slo.latency").verdict is Verdict.INVALID
        assert "the generator was late" in line(scorecard, "slo.latency").detail
        assert scorecard.exit_code(strict=False) == 4

    @pytest.mark.parametrize(
        "lie",
        [
            {"value": None},
            {"value": float("nan")},
            {"value": 6.0},
            {"unit": "ms"},
        ],
    )
    def test_met_without_a_matching_number_is_invalid(self, full_outcomes, lie):
        name = "recovery.database-process-killed"
        lying = change(full_outcomes[KILLED], name, **lie)

        scorecard = judge({**full_outcomes, KILLED: lying})

        assert line(scorecard, name).verdict is Verdict.INVALID

    def test_a_proof_without_its_target_is_invalid(self, full_outcomes):
        silent = replace(full_outcomes[KILLED], measurements=[])

        shown = line(judge({**full_outcomes, KILLED: silent}), LOST)

        assert shown.verdict is Verdict.INVALID
        assert "says nothing about this target" in shown.detail

    def test_a_measurement_without_a_target_is_invalid(self, full_outcomes):
        stranger = Measurement("slo.typo", 1.0, "s", Verdict.MET, "")
        strange = replace(full_outcomes[KILLED], measurements=[stranger])

        scorecard = judge({**full_outcomes, KILLED: strange})

        assert scorecard.problems == (
            f"{KILLED} measures slo.typo, which is no target",
        )
        assert scorecard.exit_code(strict=False) == 4

    def test_a_missed_outcome_without_a_missed_target_is_missed(self, full_outcomes):
        failed = replace(full_outcomes[KILLED], verdict=Verdict.MISSED)

        assert judge({**full_outcomes, KILLED: failed}).exit_code(strict=False) == 1

    def test_a_run_that_measured_nothing_is_not_green(self):
        assert judge({}, plan=()).exit_code(strict=False) == 4


class TestNegativeControl:
    NAME = "chaos:control-relay-without-sweep"

    def test_is_met_by_the_loss_it_caught(self, full_outcomes):
        shown = line(judge(full_outcomes), "recovery.negative-control")

        assert (shown.verdict, shown.promised) == (Verdict.MET, "≥ 1")

    def test_is_missed_when_the_checker_saw_nothing(self, full_outcomes):
        blind = change(
            full_outcomes[self.NAME],
            "recovery.negative-control",
            value=0.0,
            verdict=Verdict.MISSED,
        )

        assert judge({**full_outcomes, self.NAME: blind}).exit_code(strict=False) == 1


def test_the_quick_run_says_how_much_of_a_target_it_proved(full_outcomes):
    chosen = {step.source: full_outcomes[step.source] for step in QUICK}

    scorecard = judge(chosen, QUICK)

    assert scorecard.exit_code(strict=False) == 0
    assert line(scorecard, LOST).detail.endswith(
        "(4 more in the full run, 5 more in the drill, 9 more on Kubernetes)"
    )
    assert line(scorecard, "recovery.drained").awaits == (
        "./task verify -- --only broker-wiped-and-killed"
    )
