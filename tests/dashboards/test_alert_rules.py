"""Every alert fires when predicted and not before; faults in the rules are found."""

import pytest
from msgspec.structs import replace

from dashboards.proof.rules.mutants import FAULTS, mutants
from dashboards.proof.rules.mutation_tests import MutationResult, run_mutants, sample
from dashboards.proof.rules.promtool import TrialBroken, check_rules
from dashboards.proof.rules.proof import Findings, conclude, prove, run_trials
from dashboards.proof.rules.trials import trials
from dashboards.rendering import RENDERED
from dashboards.rules.files import all_alerts
from targets.verdict import Verdict

PARTS = 3
"""Parts of the trials, so that no test is long on a busy machine."""
EACH = 3
"""Mutants of a kind; `python -m dashboards prove rules` plants more of them."""


@pytest.fixture(scope="session")
def everything(targets):
    return list(trials(targets, left_open=False))


def one_of_each(listed):
    """Return a trial of every alert name, and one of the records."""
    found: dict[str, object] = {}
    for trial in listed:
        found.setdefault(trial.alert.alert if trial.alert else "records", trial)
    return list(found.values())


def failed(promtool, listed):
    return {
        trial.name: output for trial, output in run_trials(promtool, listed) if output
    }


def test_every_alert_has_a_trial_for_each_cause(targets, everything):
    tried = [repr(trial.alert) for trial in everything if trial.alert]

    for alert_rule in all_alerts(targets):
        assert tried.count(repr(alert_rule.alert)) >= len(alert_rule.causes)
        assert alert_rule.causes


def test_every_trial_checks_before_at_and_after_the_boundary(everything):
    for trial in everything:
        expected = [one for case in trial.cases for one in case.expectations]

        assert {bool(one.firing) for one in expected} == {True, False} or not expected
        assert expected or all(case.values for case in trial.cases)


@pytest.mark.parametrize("part", range(PARTS))
def test_alerts_fire_at_the_predicted_step_and_not_before(promtool, everything, part):
    assert failed(promtool, everything[part::PARTS]) == {}


def test_the_next_major_release_agrees(targets, promtools):
    newest = promtools[-1]
    listed = one_of_each(trials(targets, left_open=newest.left_open))

    assert newest.left_open
    assert failed(newest, listed) == {}


@pytest.mark.parametrize("release", [0, 1])
def test_prometheus_accepts_every_rule_file(promtools, release):
    assert check_rules(promtools[release], sorted(RENDERED.glob("*.rules.yml"))) == ""


def test_no_seeded_mutant_survives(promtool, everything):
    planted = sample(mutants(everything), each=EACH, seed=1)

    found = run_mutants(promtool, planted)

    assert found.survivors == []
    assert set(FAULTS) <= set(found.planted)
    assert sum(found.planted.values()) == len(planted)


def test_a_trial_without_checks_lets_mutants_survive(promtool, everything):
    """Negative control: a blind trial must be reported."""
    [trial] = [one for one in everything if one.name.endswith("-0-HoldfastDisk")]
    blind = replace(
        trial,
        cases=tuple(
            replace(case, expectations=case.expectations[:1]) for case in trial.cases
        ),
    )

    found = run_mutants(promtool, list(mutants([blind])))

    assert "rule removed: HoldfastDisk ticket alert.disk machine" in found.survivors


def test_an_alert_that_is_late_fails_its_trial(promtool, everything):
    [trial] = [one for one in everything if one.name.endswith("-0-HoldfastDisk")]
    late = replace(trial.alert, for_="16m")

    assert failed(promtool, [replace(trial, rules=(late,))])


def test_a_malformed_rule_is_an_error_and_no_finding_about_alerts(promtool, everything):
    [trial] = [one for one in everything if one.name.endswith("-0-HoldfastDisk")]
    broken = replace(trial.alert, expr="1 +")

    with pytest.raises(TrialBroken):
        run_trials(promtool, [replace(trial, rules=(broken,))])


@pytest.mark.parametrize(
    "name",
    [
        "HoldfastExporterDown",
        "HoldfastSignalAbsent",
        "HoldfastRelayDown",
        "HoldfastApiAbsent",
        "HoldfastDatabaseLeaderAbsent",
    ],
)
def test_an_absent_series_fires_the_alert(everything, name):
    titles = {
        case.title
        for trial in everything
        if trial.alert and trial.alert.alert == name
        for case in trial.cases
    }

    assert "never there" in titles


def test_a_duplicate_rule_is_reported(promtools, tmp_path):
    doubled = tmp_path / "doubled.rules.yml"
    text = (RENDERED / "alerts.rules.yml").read_text()
    doubled.write_text(
        text + text.replace("groups:\n", "").replace("name: h", "name: x")
    )

    output = check_rules(promtools[0], [doubled])

    assert "duplicate" in output


def test_without_promtool_nothing_is_measured(targets, tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_STATE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    outcome = prove(targets, [], each=1, progress=print)

    assert outcome.verdict is Verdict.NOT_MEASURED
    assert {one.verdict for one in outcome.measurements} == {Verdict.NOT_MEASURED}
    assert "promtool is missing" in outcome.measurements[0].detail


@pytest.fixture
def findings(targets):
    """Every trial ran and passed."""
    found = Findings()
    found.tried = {f"alert.{name}": 2 for name in targets.alert}
    found.run_mutants = MutationResult({"rule removed": 1}, [])
    return found


def verdicts(targets, findings):
    outcome = conclude(targets, "2026-11-20T12:00:00Z", findings)
    return {one.target: one.verdict for one in outcome.measurements}


def test_every_alert_target_gets_a_verdict(targets, findings):
    found = verdicts(targets, findings)

    assert set(found) == {f"alert.{name}" for name in targets.alert}
    assert set(found.values()) == {Verdict.MET}


def test_a_survivor_makes_the_proof_invalid(targets, findings):
    findings.run_mutants = MutationResult(
        {"rule removed": 1}, ["rule removed: HoldfastDisk"]
    )

    assert set(verdicts(targets, findings).values()) == {Verdict.INVALID}


def test_an_alert_that_fails_its_trial_is_missed_and_no_other(targets, findings):
    findings.failed = {"alert.disk": ["beyond the line"]}
    found = verdicts(targets, findings)

    assert found.pop("alert.disk") is Verdict.MISSED
    assert set(found.values()) == {Verdict.MET}


def test_an_alert_without_a_rule_is_not_measured(targets, findings):
    del findings.tried["alert.disk"]

    assert verdicts(targets, findings)["alert.disk"] is Verdict.NOT_MEASURED


def test_rules_that_promtool_refuses_are_missed(targets, findings):
    findings.lint = ["duplicate rule"]

    assert set(verdicts(targets, findings).values()) == {Verdict.MISSED}
