"""Releases as faults; undoing restores the release before."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from chaos.environments.cluster.pods import RELEASE, Pod
from chaos.environments.kubernetes import KubernetesEnvironment
from chaos.experiment import FaultRecord
from chaos.releases import CONFIG, bad_release, changed_setting, config_map
from chaos.timeline import now
from chaos.traffic.attempts import Attempts

WRONG = "answered 500"


@asynccontextmanager
async def setting_changed(
    cluster: KubernetesEnvironment,
) -> AsyncGenerator[FaultRecord]:
    """Release the API with a changed setting; undoing restores the old one."""
    async with cluster.releases.changed(changed_setting()) as before:
        at = now()

        async def evidence() -> str | None:
            pods = await find_release(cluster, other_than=before.stable)
            ready = [pod.name for pod in pods if pod.ready]
            return f"{', '.join(ready)} of the new release serves" if ready else None

        yield FaultRecord(
            at=at, what="a changed setting was released", evidence=evidence
        )


@asynccontextmanager
async def badly_released(
    cluster: KubernetesEnvironment, attempts: Attempts
) -> AsyncGenerator[FaultRecord]:
    """Release an API with some wrong responses; undoing removes it."""
    path = f"/api/v1/namespaces/{cluster.platform.namespace}/configmaps"
    await cluster.api.delete(f"{path}/{CONFIG}")
    await cluster.api.create(path, config_map())
    try:
        async with cluster.releases.changed(bad_release()) as before:
            at = now()

            async def evidence() -> str | None:
                pods = await find_release(cluster, other_than=before.stable)
                ready = [pod.name for pod in pods if pod.ready]
                wrong = [a for a in attempts.failed(since=at) if a.failure == WRONG]
                if not ready or not wrong:
                    return None
                return f"{', '.join(ready)} serves, {len(wrong)} answers were wrong"

            yield FaultRecord(
                at=at, what="a bad release was rolled out", evidence=evidence
            )
    finally:
        await cluster.api.delete(f"{path}/{CONFIG}")


async def find_release(cluster: KubernetesEnvironment, *, other_than: str) -> list[Pod]:
    """Return the API's pods of any release other than the one with this hash."""
    pods = await cluster.pods(cluster.platform.namespace, RELEASE)
    return [pod for pod in pods if pod.labels[RELEASE] != other_than]
