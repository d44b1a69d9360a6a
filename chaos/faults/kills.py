"""Processes and hosts killed as in a power cut."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from chaos.environments.environment import Death, Environment, FaultTarget
from chaos.experiment import FaultRecord
from chaos.traffic.load import Load

_BUSY = 3
_BUSY_SECONDS = 3.0


@asynccontextmanager
async def host_killed(
    environment: Environment, name: str
) -> AsyncGenerator[FaultRecord]:
    """Kill all processes of `name` and keep them dead until the fault is undone."""
    [fault_target] = await environment.find(name)
    environment.hold(name)
    try:
        death = await fault_target.kill()
        yield FaultRecord(
            at=death.at,
            over_at=death.gone_at,
            what=f"{name} and everything on it was killed and held down",
            evidence=lambda: see_death(fault_target, death),
        )
    finally:
        environment.release(name)


@asynccontextmanager
async def postgres_killed(
    environment: Environment, name: str
) -> AsyncGenerator[FaultRecord]:
    """Kill the Postgres of `name`; its agent lives and recovers it."""
    agent, fault_target = await environment.find_parts(name)
    death = await fault_target.kill()

    async def evidence() -> str | None:
        seen = await see_death(fault_target, death)
        return f"{seen}, its agent is alive" if seen and agent.alive() else None

    yield FaultRecord(
        at=death.at,
        over_at=death.gone_at,
        what=f"Postgres of the leader {name} and its children were killed",
        evidence=evidence,
    )


@asynccontextmanager
async def instance_killed(
    environment: Environment, name: str, load: Load
) -> AsyncGenerator[FaultRecord]:
    """Kill one process while requests are in flight; its supervisor restarts it."""
    [fault_target] = await environment.find(name)
    fault_target.aim()
    await load.wait_until_busy(_BUSY, within_seconds=_BUSY_SECONDS)
    death = await fault_target.kill()
    yield FaultRecord(
        at=death.at,
        over_at=death.gone_at,
        what=f"{name} was killed with requests in flight",
        evidence=lambda: see_death(fault_target, death),
    )


@asynccontextmanager
async def killed(environment: Environment, name: str) -> AsyncGenerator[FaultRecord]:
    """Kill all processes of `name`; their supervisor restarts them."""
    [fault_target] = await environment.find(name)
    fault_target.aim()
    death = await fault_target.kill()
    yield FaultRecord(
        at=death.at,
        over_at=death.gone_at,
        what=f"{name} and everything in it was killed",
        evidence=lambda: see_death(fault_target, death),
    )


@asynccontextmanager
async def held(environment: Environment, names: Sequence[str]) -> AsyncGenerator[None]:
    """Keep these processes dead until the context ends."""
    fault_targets = await environment.find(*names)
    try:
        for fault_target in fault_targets:
            environment.hold(fault_target.name)
            await fault_target.kill()
        yield
    finally:
        for name in names:
            environment.release(name)


async def see_death(fault_target: FaultTarget, death: Death) -> str | None:
    """Return evidence of a death: the ids that no longer run."""
    if fault_target.alive():
        return None
    if death.what:
        return death.what
    rest = f" and {len(death.pids) - 1} more" if len(death.pids) > 1 else ""
    took = (death.gone_at - death.at) * 1000
    return f"process {death.pids[0]}{rest} gone after {took:.0f} ms"
