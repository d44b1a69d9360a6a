"""A relay without its sweep, and a broker that loses published jobs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.environments.environment import Environment
from chaos.experiment import FaultRecord
from chaos.faults.kills import held
from chaos.faults.stores import wipe
from chaos.ledger.client import LedgerClient
from chaos.probes.jobs import wait_until_published
from chaos.timeline import now
from chaos.traffic.requests import Requests

JOBS = 20
_PUBLISH_SECONDS = 10.0


@asynccontextmanager
async def without_sweep(environment: Environment) -> AsyncGenerator[None]:
    """Make the relay publish each job only once; undone, it sweeps again."""
    try:
        await environment.restart("relay", {"HOLDFAST_SWEEP_SECONDS": "0"})
        yield
    finally:
        await environment.restart("relay", {})


@asynccontextmanager
async def jobs_stranded(
    environment: Environment,
    client: LedgerClient,
    requests: Requests,
    organization: str,
) -> AsyncGenerator[FaultRecord]:
    """Publish JOBS reports while the workers are down, then wipe the broker.

    The workers are back before the fault begins to count.
    """
    async with without_sweep(environment):
        async with held(environment, environment.workers):
            for _ in range(JOBS):
                await client.submit(requests.report())
            published = await wait_until_published(
                environment, organization, JOBS, until=now() + _PUBLISH_SECONDS
            )
            had, has = await wipe(environment, "broker")
            wiped_at = now()

        async def evidence() -> str | None:
            if published < JOBS or not had or has:
                return None
            return (
                f"{published} jobs published and unclaimed; broker keys {had} → {has}"
            )

        yield FaultRecord(
            at=wiped_at,
            what=f"the broker forgot {JOBS} published jobs and no sweep is on",
            evidence=evidence,
        )
