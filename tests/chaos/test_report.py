"""The cost of a fault, as a share of the error budget."""

import pytest

from chaos.experiments import experiments_on
from chaos.report import burned_share
from targets import load


def test_a_full_outage_of_22_seconds_burns_its_share_of_the_month():
    allowed_seconds = load().budget.window.seconds * load().slo["errors"].bad_share

    burned = burned_share(failed=22 * 68, offered_per_second=68.0, targets=load())

    assert burned == pytest.approx(22 / allowed_seconds)
    assert burned == pytest.approx(0.0085, rel=0.01)


def test_no_failure_burns_nothing():
    assert burned_share(failed=0, offered_per_second=68.0, targets=load()) == 0.0


def test_the_local_experiments_are_exactly_the_chaos_proofs():
    assert sorted(experiments_on("local")) == sorted(load().proof.chaos)


def test_every_experiment_on_kubernetes_is_a_proof():
    assert set(experiments_on("kubernetes")) < set(load().proof.cluster)


def test_the_budget_of_another_objective_may_be_chosen():
    named = burned_share(
        failed=10, offered_per_second=68.0, targets=load(), slo="availability"
    )

    assert named == burned_share(failed=10, offered_per_second=68.0, targets=load())
