import subprocess
import sys

import pytest

import targets
from verify.checks import CHECKS
from verify.plan import CLUSTER, DRILL, FULL, QUICK, RECORDED, expected_seconds
from verify.steps import StepUnknown, choose


def test_all_plans_together_run_every_proof_that_a_target_names():
    promised = {
        proof
        for target in targets.load().all().values()
        for proof in target.proof
        if not proof.startswith(("later:", "bench:"))
    }
    run = {step.source for step in (*FULL, *DRILL, *CLUSTER)}

    # The smoke run checks that every route answers; it measures nothing.
    assert run - {"load:smoke"} | RECORDED == promised


def test_the_cluster_plan_runs_the_proofs_of_the_targets():
    run = {step.source for step in CLUSTER if step.kind == "cluster"}

    assert not run & RECORDED
    assert run | RECORDED == {
        f"cluster:{name}" for name in targets.load().proof.cluster
    }


def test_the_drill_plan_runs_every_drill_of_the_targets():
    drills = [step.name for step in DRILL if step.kind == "drill"]

    assert drills == list(targets.load().proof.drill)


def test_the_plans_fit_their_target_durations():
    limits = targets.load().limit

    assert expected_seconds(FULL) < limits["verify-duration"].value
    assert expected_seconds(QUICK) < limits["verify-quick-duration"].value
    assert expected_seconds(DRILL) < limits["drill-duration"].value


def test_every_check_has_its_own_function():
    own = {s.name for s in (*FULL, *CLUSTER) if not s.command}

    assert own == set(CHECKS)


def test_the_quick_plan_is_part_of_the_full_one():
    assert {step.source for step in QUICK} < {step.source for step in FULL}


def test_rules_and_leftovers_need_no_platform():
    free = {step.source for step in (*FULL, *QUICK) if not step.needs_platform}

    assert free == {"check:alert-rules", "check:leftovers"}


@pytest.mark.parametrize("plan", [FULL, QUICK])
def test_the_boards_are_checked_a_minute_after_the_load_began(plan):
    """Budgets are recorded once a minute; sooner, some boards are empty."""
    names = [step.name for step in plan]
    between = plan[names.index("steady") : names.index("boards")]

    assert sum(step.expected_seconds for step in between) > 70


def test_the_full_run_checks_the_boards_soon_after_the_load():
    names = [step.name for step in FULL]

    assert names.index("boards") == names.index("steady") + 1


@pytest.mark.parametrize(
    "asked", [("--quick", "--drill"), ("--drill", "--cluster")], ids=" ".join
)
def test_two_kinds_of_run_together_are_refused_before_anything_starts(asked):
    done = subprocess.run(
        [sys.executable, "-m", "verify", *asked],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "two different runs" in done.stderr


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
