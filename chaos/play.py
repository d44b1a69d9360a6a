"""One experiment from curtain to curtain: stage, frame, outcome."""

import secrets
from pathlib import Path
from typing import Protocol

from chaos.environments.environment import Environment
from chaos.experiment import run
from chaos.report import compose
from chaos.stage import PlatformExperiment, Setting, Stage, staged
from chaos.timeline import Timeline, now
from exchange.outcomes import Moment, Outcome, write_outcome
from targets import Targets


class Audience(Protocol):
    """Whoever watches: told each moment, shown the stage once it stands."""

    def tell(self, moment: Moment) -> None: ...

    def follow(self, stage: Stage) -> None: ...


async def play(
    experiment: PlatformExperiment,
    environment: Environment,
    targets: Targets,
    *,
    out: Path,
    audience: Audience,
) -> Outcome:
    """Run the experiment and write its outcome to `out`, the journal beside it.

    Cancelled, the fault is undone and nothing is written.
    """
    began = now()
    setting = Setting(
        experiment=experiment.name,
        run=f"{experiment.name}-{secrets.token_hex(4)}",
        seed=secrets.randbits(32),
        rates=experiment.rates.at(environment.pace),
        kind=experiment.kind,
        journal=out.with_suffix(".ledger.jsonl"),
    )
    async with staged(setting, environment, targets, Timeline(audience.tell)) as stage:
        audience.follow(stage)
        findings = await run(experiment, stage)
    findings.invalid_because += stage.load.find_flaws()
    outcome = compose(experiment, setting, stage, findings, began=began)
    write_outcome(outcome, out)
    return outcome
