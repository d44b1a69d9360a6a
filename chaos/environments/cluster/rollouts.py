"""The API's releases as Argo Rollouts reports them, and a reversible change."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from msgspec import Struct

from chaos.environments.cluster.api import KubernetesApi
from chaos.environments.environment import EnvironmentUnsuitable
from chaos.timeline import now

NAME: Final = "api"
_POLL_SECONDS = 0.5
_PUT_BACK_SECONDS = 180.0

Change = Sequence[Mapping[str, Any]]


class Rollout(Struct, frozen=True, kw_only=True):
    """The stable and the new release, by the hashes of their pods."""

    phase: str
    aborted: bool
    stable: str
    current: str
    message: str = ""

    @property
    def settled(self) -> bool:
        """Return whether all serving pods belong to the requested release."""
        return self.phase == "Healthy" and self.stable == self.current


def read_rollout(described: Mapping[str, Any]) -> Rollout:
    """Parse a Rollout from the API's JSON."""
    status = described.get("status", {})
    return Rollout(
        phase=status.get("phase", ""),
        aborted=bool(status.get("abort", False)),
        stable=status.get("stableRS", ""),
        current=status.get("currentPodHash", ""),
        message=status.get("message", ""),
    )


class Releases:
    """The Rollout of the API in one namespace."""

    def __init__(self, api: KubernetesApi, namespace: str) -> None:
        self._api = api
        self._path = (
            f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts/{NAME}"
        )

    async def look(self) -> Rollout:
        """Return the release's current state; raises ApiRefused or httpx.HTTPError."""
        return read_rollout(await self._api.get(self._path))

    @asynccontextmanager
    async def changed(self, change: Change) -> AsyncGenerator[Rollout]:
        """Release with `change`, a JSON patch; restore the old release on exit.

        Yields the release that served before. Raises EnvironmentUnsuitable when another
        release is under way.
        """
        before = await self._api.get(self._path)
        old = read_rollout(before)
        if not old.settled:
            raise EnvironmentUnsuitable(
                f"a release is under way: {old.phase} {old.message}"
            )
        try:
            await self._api.patch(self._path, change, kind="json")
            yield old
        finally:
            await self._put_back(before, old)

    async def promote(self) -> None:
        """Skip the remaining steps, as `kubectl argo rollouts promote --full`."""
        body = {"status": {"promoteFull": True}}
        await self._api.patch(f"{self._path}/status", body, kind="merge")

    async def _put_back(self, before: Mapping[str, Any], old: Rollout) -> None:
        """Restore the template and its field owner, so that Pulumi sees no change."""
        template = before["spec"]["template"]
        put = [{"op": "replace", "path": "/spec/template", "value": template}]
        await self._api.patch(self._path, put, kind="json")
        owners = before["metadata"].get("managedFields")
        if owners is not None:
            hand = [
                {"op": "replace", "path": "/metadata/managedFields", "value": owners}
            ]
            await self._api.patch(self._path, hand, kind="json")
        await self._wait_for(old, until=now() + _PUT_BACK_SECONDS)

    async def _wait_for(self, old: Rollout, *, until: float) -> None:
        """Wait until only the old release serves; skip its steps, judged before."""
        while now() < until:
            seen = await self.look()
            if seen.settled and seen.stable == old.stable:
                return
            if seen.current == old.stable != seen.stable:
                await self.promote()
            await asyncio.sleep(_POLL_SECONDS)
