"""Deletion of pods without grace, with a wait until they are gone."""

import asyncio
from collections.abc import Sequence

from chaos.environments.cluster.api import KubernetesApi
from chaos.environments.cluster.pods import Pod
from chaos.timeline import now

_GONE_SECONDS = 10.0
_POLL_SECONDS = 0.05


async def remove_pods(api: KubernetesApi, doomed: Sequence[Pod]) -> None:
    """Delete all the pods; raises TimeoutError when one still exists after a while.

    A new pod with the same name is not touched.
    """
    await asyncio.gather(*(api.delete(_path_of(pod), uid=pod.uid) for pod in doomed))
    until = now() + _GONE_SECONDS
    for pod in doomed:
        while await _is_known(api, pod):
            if now() > until:
                raise TimeoutError(f"{pod.name} is still there after its deletion")
            await asyncio.sleep(_POLL_SECONDS)


async def _is_known(api: KubernetesApi, pod: Pod) -> bool:
    found = await api.find(_path_of(pod))
    return found is not None and found["metadata"]["uid"] == pod.uid


def _path_of(pod: Pod) -> str:
    return f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}"
