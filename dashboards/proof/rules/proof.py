"""The rule check: alerts fire at their predicted time, and the tests catch mutants."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from dashboards.proof.rules.cases import Trial
from dashboards.proof.rules.mutants import mutants
from dashboards.proof.rules.mutation_tests import (
    MutationResult,
    failures,
    run_mutants,
    sample,
    working_folder,
)
from dashboards.proof.rules.promtool import (
    Promtool,
    PromtoolMissing,
    check_rules,
    find_promtools,
    write_trial,
)
from dashboards.proof.rules.trials import trials
from exchange.outcomes import Measurement, Outcome
from targets import Targets
from targets.families import Alert
from targets.verdict import Verdict, worst

SOURCE: Final = "check:alert-rules"
SEED: Final = 20_261_120
Progress = Callable[[str], None]


class Findings:
    """The results of promtool, by release."""

    def __init__(self) -> None:
        self.releases: list[str] = []
        self.lint: list[str] = []
        self.failed: dict[str, list[str]] = {}
        self.tried: dict[str, int] = {}
        self.run_mutants: MutationResult | None = None

    def try_release(
        self, targets: Targets, promtool: Promtool, rules: Iterable[Path]
    ) -> None:
        """Lint the rule files and run every trial with one release."""
        output = check_rules(promtool, rules)
        if output:
            self.lint.append(f"promtool {promtool.version}: {output}")
        listed = trials(targets, left_open=promtool.left_open)
        for trial, failed in run_trials(promtool, listed):
            name = alert_of(trial)
            self.tried[name] = self.tried.get(name, 0) + len(trial.cases)
            if failed:
                where = f"{trial.name} with promtool {promtool.version}"
                self.failed.setdefault(name, []).append(where)


def run_trials(promtool: Promtool, listed: Iterable[Trial]) -> list[tuple[Trial, str]]:
    """Run trials; return promtool's output of each, empty when all its cases pass."""
    with working_folder() as folder:
        files = {write_trial(trial, Path(folder)): trial for trial in listed}
        failed = failures(promtool, list(files))
    return [(trial, failed.get(file, "")) for file, trial in files.items()]


def alert_of(trial: Trial) -> str:
    """Return the target of a trial; records belong to every target."""
    return trial.alert.labels["target"] if trial.alert else "records"


def prove(
    targets: Targets, rules: list[Path], *, each: int, progress: Progress
) -> Outcome:
    """Lint, test every alert on every release, run `each` mutants of a kind."""
    started = _now()
    try:
        promtools = find_promtools()
    except PromtoolMissing as missing:
        return conclude(targets, started, None, missing=str(missing))
    findings = Findings()
    for promtool in promtools:
        progress(f"boundaries with promtool {promtool.version}")
        findings.try_release(targets, promtool, rules)
    planted = sample(
        mutants(trials(targets, left_open=promtools[0].left_open)),
        each=each,
        seed=SEED,
    )
    progress(f"hunting {len(planted)} mutants with promtool {promtools[0].version}")
    findings.run_mutants = run_mutants(promtools[0], planted)
    findings.releases = [promtool.version for promtool in promtools]
    return conclude(targets, started, findings)


def conclude(
    targets: Targets, started: str, findings: Findings | None, *, missing: str = ""
) -> Outcome:
    """Return a verdict for every alert; `missing` is the reason when nothing ran.

    A mutant that survived makes every alert's proof invalid: its tests are blind.
    """
    measured = [
        _measure(f"alert.{name}", alert, findings, missing)
        for name, alert in targets.alert.items()
    ]
    verdict = worst(one.verdict for one in measured)
    return Outcome(
        kind="check",
        name="alert-rules",
        title="Alerts fire when promised, and not before",
        started=started,
        ended=_now(),
        verdict=verdict,
        invalid_because=_blind(findings),
        measurements=measured,
        facts=_facts(findings),
    )


def _measure(
    target: str, alert: Alert, findings: Findings | None, missing: str
) -> Measurement:
    verdict, detail = _judge(target, alert, findings, missing)
    shown = verdict in {Verdict.MET, Verdict.MISSED}
    return Measurement(
        target=target,
        value=alert.value if shown else None,
        unit=alert.unit,
        verdict=verdict,
        detail=detail,
        samples=findings.tried.get(target) if findings else None,
        source=SOURCE,
    )


def _judge(
    target: str, alert: Alert, findings: Findings | None, missing: str
) -> tuple[Verdict, str]:
    if findings is None:
        return Verdict.NOT_MEASURED, missing
    if findings.lint:
        return Verdict.MISSED, findings.lint[0][:200]
    failed = findings.failed.get(target, []) + findings.failed.get("records", [])
    if failed:
        return Verdict.MISSED, f"{len(failed)} trials fail, first {failed[0]}"
    cases = findings.tried.get(target, 0)
    if not cases:
        return Verdict.NOT_MEASURED, "no rule carries this target"
    if _blind(findings):
        return Verdict.INVALID, _blind(findings)[0]
    return Verdict.MET, f"{cases} cases at the boundary, standing for {alert.for_.text}"


def _blind(findings: Findings | None) -> list[str]:
    survivors = (
        findings.run_mutants.survivors if findings and findings.run_mutants else []
    )
    return [f"a mutant survived: {one}" for one in survivors]


def _facts(findings: Findings | None) -> dict[str, Any]:
    if findings is None or findings.run_mutants is None:
        return {}
    planted = findings.run_mutants.planted
    return {
        "promtool": findings.releases,
        "cases": sum(findings.tried.values()),
        "mutants planted": sum(planted.values()),
        "mutants killed": sum(planted.values()) - len(findings.run_mutants.survivors),
        "mutants by fault": planted,
        "lint": findings.lint,
        "failed": findings.failed,
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
