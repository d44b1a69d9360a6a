"""The context of an experiment: a platform under load, and the ledger."""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from chaos.api_client import ApiClient, Refused, Unanswered
from chaos.environments.environment import Environment
from chaos.experiment import Experiment, FaultRecord
from chaos.ledger.audit import Audit
from chaos.ledger.client import LedgerClient
from chaos.ledger.journal import Ledger
from chaos.ledger.watcher import ReportWatcher
from chaos.timeline import Timeline, now
from chaos.traffic.load import Load, Rates
from chaos.traffic.requests import Requests
from targets import Targets

Kind = Literal["chaos", "drill", "cluster"]
Place = Literal["local", "kubernetes"]
EVERYWHERE: tuple[Place, ...] = ("local", "kubernetes")
_ENTER_SECONDS = 20.0
_PAUSE_SECONDS = 0.5


@dataclass
class RunContext:
    """Data shared by the parts of one run; the lower half is filled during the run."""

    experiment: str
    environment: Environment
    targets: Targets
    timeline: Timeline
    api: ApiClient
    ledger: Ledger
    client: LedgerClient
    watcher: ReportWatcher
    requests: Requests
    load: Load
    kind: Kind = "chaos"
    fault_record: FaultRecord | None = None
    problems: list[str] = field(default_factory=list)
    recovered_at: float | None = None
    audit: Audit | None = None


@dataclass(frozen=True)
class RunSettings:
    """Settings chosen before the run: names, numbers, the journal's path."""

    experiment: str
    run: str
    seed: int
    rates: Rates
    journal: Path
    kind: Kind = "chaos"


@asynccontextmanager
async def open_run(
    settings: RunSettings,
    environment: Environment,
    targets: Targets,
    timeline: Timeline,
) -> AsyncGenerator[RunContext]:
    """Register an organization and put the platform under load while inside.

    Raises Refused or Unanswered when the platform accepts no registration for a while.
    """
    chance = random.Random(settings.seed)  # noqa: S311 - arrivals, not secrets
    requests = Requests(settings.run, chance)
    async with ApiClient(environment.api_url) as api:
        await _enter(api, settings.run, until=now() + _ENTER_SECONDS)
        with Ledger(settings.journal) as ledger:
            client = LedgerClient(api, ledger)
            watcher = ReportWatcher(api, ledger)
            watching = asyncio.create_task(watcher.watch())
            try:
                async with Load(api, client, requests, settings.rates) as load:
                    yield RunContext(
                        experiment=settings.experiment,
                        environment=environment,
                        targets=targets,
                        timeline=timeline,
                        api=api,
                        ledger=ledger,
                        client=client,
                        watcher=watcher,
                        requests=requests,
                        load=load,
                        kind=settings.kind,
                    )
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)


async def _enter(api: ApiClient, name: str, *, until: float) -> None:
    """Register; retry for a while, as the platform may still recover from a fault.

    Each try uses a new name: the result of the one before is unknown.
    """
    for attempt in count(1):
        try:
            await api.register(f"{name}-{attempt}")
        except (Refused, Unanswered):
            if now() >= until:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return


@dataclass(frozen=True)
class PlatformExperiment(Experiment[RunContext]):
    """An experiment on a platform under load, at rates that suit its fault.

    `extra_facts` returns further facts for the outcome, at the end; `places` are the
    environments that support the experiment.
    """

    rates: Rates = field(default_factory=Rates)
    kind: Kind = "chaos"
    places: tuple[Place, ...] = EVERYWHERE
    extra_facts: Callable[[], dict[str, Any]] = dict
