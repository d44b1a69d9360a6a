import pytest

import targets
from verify.checks import CHECKS
from verify.plan import FULL, QUICK, expected_seconds
from verify.steps import StepUnknown, choose


def test_the_full_plan_runs_every_proof_that_a_target_names():
    promised = {
        proof
        for target in targets.load().all().values()
        for proof in target.proof
        if not proof.startswith("later:")
    }

    assert {step.source for step in FULL} == promised


def test_the_plans_fit_the_time_they_promise():
    limits = targets.load().limit

    assert expected_seconds(FULL) < limits["verify-duration"].value
    assert expected_seconds(QUICK) < limits["verify-quick-duration"].value


def test_every_check_has_its_own_function():
    assert {step.name for step in FULL if step.kind == "check"} == set(CHECKS)


def test_the_quick_plan_is_part_of_the_full_one():
    assert {step.source for step in QUICK} < {step.source for step in FULL}


class TestChoosing:
    @pytest.mark.parametrize(
        ("only", "names"),
        [
            (["steady"], ["steady"]),
            (["load:capacity", "steady"], ["steady", "capacity"]),
            (["load"], ["steady", "capacity"]),
        ],
    )
    def test_takes_names_sources_and_kinds_in_the_order_of_the_plan(self, only, names):
        assert [step.name for step in choose(FULL, only)] == names

    def test_takes_all_when_nothing_is_named(self):
        assert choose(FULL, []) == FULL

    def test_refuses_a_name_that_no_step_has(self):
        with pytest.raises(StepUnknown, match="no step is called stedy; there are"):
            choose(FULL, ["stedy"])
