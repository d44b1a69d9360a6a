"""One experiment from start to end: context, sequence, outcome."""

import secrets
from pathlib import Path
from typing import Protocol

from chaos.environments.environment import Environment
from chaos.experiment import run
from chaos.report import compose
from chaos.run_context import PlatformExperiment, RunContext, RunSettings, open_run
from chaos.timeline import Timeline, now
from exchange.outcomes import Moment, Outcome, write_outcome
from targets import Targets


class RunListener(Protocol):
    """Receives each event of the timeline, and the context once it exists."""

    def notify(self, moment: Moment) -> None: ...

    def follow(self, context: RunContext) -> None: ...


async def run_experiment(
    experiment: PlatformExperiment,
    environment: Environment,
    targets: Targets,
    *,
    out: Path,
    listener: RunListener,
) -> Outcome:
    """Run the experiment and write its outcome to `out`, the journal beside it.

    On cancellation the fault is undone and nothing is written.
    """
    began = now()
    settings = RunSettings(
        experiment=experiment.name,
        run=f"{experiment.name}-{secrets.token_hex(4)}",
        seed=secrets.randbits(32),
        rates=experiment.rates.at(environment.pace),
        kind=experiment.kind,
        journal=out.with_suffix(".ledger.jsonl"),
    )
    async with open_run(
        settings, environment, targets, Timeline(listener.notify)
    ) as context:
        listener.follow(context)
        findings = await run(experiment, context)
    findings.invalid_because += context.load.find_flaws()
    outcome = compose(experiment, settings, context, findings, began=began)
    write_outcome(outcome, out)
    return outcome
