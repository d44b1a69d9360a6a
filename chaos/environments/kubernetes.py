"""The platform on any Kubernetes: the same experiments, with pods as processes."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psycopg
import redis.asyncio as redis
from psycopg.rows import dict_row
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from chaos.environments.cluster.api import ApiRefused, KubernetesApi
from chaos.environments.cluster.child import ChildFailed
from chaos.environments.cluster.fault_targets import PodFaultTarget
from chaos.environments.cluster.health import find_primary, read_members
from chaos.environments.cluster.pods import Pod, read_pods, serving
from chaos.environments.cluster.port_forward import FindPod, PortForward
from chaos.environments.cluster.removal import remove_pods
from chaos.environments.cluster.rollouts import Releases
from chaos.environments.cluster.scheduler_weight import (
    AUTOGROUP,
    raised_scheduler_weight,
)
from chaos.environments.cluster.workloads import (
    look,
    path_of_database,
    path_of_store,
    promote,
)
from chaos.environments.environment import (
    Environment,
    EnvironmentUnsuitable,
    FaultTarget,
    FaultTargetMissing,
    Member,
    Process,
    Row,
    Status,
)
from exchange.platforms import ClusterPlatform, RedisWorkload

_SHARED_PACE = 0.5
"""The pace where this machine also runs control plane, nodes and clients: at full
rates two cores are saturated before any fault, and failures prove nothing about it.
"""
_PROBE_SECONDS = 2.0
_POSTGRES = 5432
_SILENCE = (httpx.HTTPError, ApiRefused, ChildFailed)
_REPLICATION = "SELECT application_name, state, sync_state FROM pg_stat_replication"


class KubernetesEnvironment:
    """Runs, while entered, a proxy to the API and port forwards to the stores."""

    name = "kubernetes"

    def __init__(
        self, platform: ClusterPlatform, *, autogroup: Path = AUTOGROUP
    ) -> None:
        self.platform = platform
        self.api_url = platform.api.url
        self.pace = _SHARED_PACE if platform.processes_here else 1.0
        self.machine: Mapping[str, str | int | float | None] = platform.machine
        kubectl = (platform.kubectl, f"--kubeconfig={platform.kubeconfig}")
        self.api = KubernetesApi(kubectl)
        self.releases = Releases(self.api, platform.namespace)
        self._forwards = {
            name: PortForward(kubectl, self._finder(store.door), store.port)
            for name, store in platform.redis.items()
        }
        self._database = PortForward(kubectl, self._find_primary, _POSTGRES)
        self._seen: list[Pod] = []
        self._held: set[str] = set()
        self._autogroup = autogroup
        self._scaled: dict[str, int] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            if self.platform.processes_here:
                opening.enter_context(raised_scheduler_weight(self._autogroup))
            await opening.enter_async_context(self.api)
            for forward in (*self._forwards.values(), self._database):
                await opening.enter_async_context(forward)
            await self.status()
            self._open = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._open.aclose()

    @property
    def api_instances(self) -> tuple[str, ...]:
        return serving(self._seen, "api")

    @property
    def workers(self) -> tuple[str, ...]:
        return serving(self._seen, "worker")

    async def pods(self, namespace: str, selector: str = "") -> list[Pod]:
        """Return the pods with these labels; raises ApiRefused or httpx.HTTPError."""
        path = f"/api/v1/namespaces/{namespace}/pods"
        return read_pods(await self.api.get(path, labelSelector=selector))

    async def database_pods(self) -> list[Pod]:
        """Return the members of the database, by name."""
        label = f"cnpg.io/cluster={self.platform.database.cluster},cnpg.io/instanceRole"
        return await self.pods(self.platform.data_namespace, label)

    async def promote(self, member: str) -> None:
        """Switch the database's primary over to this member."""
        await promote(self.api, path_of_database(self.platform), member)

    async def status(self) -> Status:
        try:
            self._seen = await self.pods(self.platform.namespace)
            processes = await look(self.api, self.platform)
        except _SILENCE as silence:
            processes = {"kubernetes": _silent(silence)}
        ready = bool(processes) and all(p.healthy for p in processes.values())
        return Status(processes=processes, ready=ready)

    async def members(self) -> list[Member]:
        try:
            pods = await self.database_pods()
            async with self.database() as connection:
                rows = await (await connection.execute(_REPLICATION)).fetchall()
        except (*_SILENCE, psycopg.Error, OSError):
            return []
        told = {r["application_name"]: (r["state"], r["sync_state"]) for r in rows}
        return read_members(pods, told)

    async def find(self, *names: str) -> list[FaultTarget]:
        return [await self._find_fault_target(name) for name in names]

    async def find_parts(self, member: str) -> tuple[FaultTarget, FaultTarget]:
        raise EnvironmentUnsuitable(f"on Kubernetes {member} dies as a whole pod")

    def hold(self, name: str) -> None:
        """Keep `name` dead after its death; only for workloads scaled by no other."""
        if name not in self.platform.redis:
            raise EnvironmentUnsuitable(f"nobody can keep {name} from being replaced")
        self._held.add(name)

    def release(self, name: str) -> None:
        self._held.discard(name)
        if name in self._scaled:
            replicas = self._scaled[name]
            store = self.platform.redis[name]
            self.api.scale(path_of_store(self.platform, store), replicas)
            del self._scaled[name]

    async def restart(self, name: str, settings: Mapping[str, str]) -> None:
        told = ", ".join(settings)
        raise EnvironmentUnsuitable(f"on Kubernetes {name} is told {told} by a release")

    def redis(self, name: str) -> redis.Redis:
        return redis.Redis(
            host="127.0.0.1",
            port=self._forwards[name].port,
            password=self.platform.redis[name].password,
            socket_timeout=_PROBE_SECONDS,
            socket_connect_timeout=_PROBE_SECONDS,
            retry=Retry(NoBackoff(), retries=0),
        )

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[psycopg.AsyncConnection[Row]]:
        database = self.platform.database
        await self._database.open()
        connection = await psycopg.AsyncConnection.connect(
            host="127.0.0.1",
            port=self._database.port,
            dbname=database.name,
            user=database.monitor.name,
            password=database.monitor.password,
            target_session_attrs="read-write",
            connect_timeout=int(_PROBE_SECONDS),
            autocommit=True,
            row_factory=dict_row,
        )
        async with connection:
            yield connection

    async def _find_fault_target(self, name: str) -> FaultTarget:
        store = self.platform.redis.get(name)
        if store is not None:
            pods = await self.pods(self.platform.data_namespace, store.pods)
        else:
            pods = [pod for pod in await self._everything() if pod.name == name]
        if not pods:
            raise FaultTargetMissing(f"there is no pod of {name}")

        async def remove(doomed: Sequence[Pod]) -> None:
            if store is not None and name in self._held:
                await self._scale_down(name, store)
            await remove_pods(self.api, doomed)

        here = self.platform.processes_here
        return PodFaultTarget(name, pods, remove, processes_here=here)

    async def _scale_down(self, name: str, store: RedisWorkload) -> None:
        path = path_of_store(self.platform, store)
        self._scaled[name] = (await self.api.get(path))["spec"].get("replicas", 1)
        await self.api.patch(path, {"spec": {"replicas": 0}}, kind="merge")

    async def _everything(self) -> list[Pod]:
        own = await self.pods(self.platform.namespace)
        return own + await self.pods(self.platform.data_namespace)

    async def _find_primary(self) -> Pod | None:
        return find_primary(await self.database_pods())

    def _finder(self, selector: str) -> FindPod:
        async def find() -> Pod | None:
            pods = await self.pods(self.platform.data_namespace, selector)
            ready = [pod for pod in pods if pod.ready and not pod.leaving]
            return ready[0] if ready else None

        return find


def _silent(silence: Exception) -> Process:
    return Process(state="silent", healthy=False, detail=repr(silence))


def on_kubernetes(environment: Environment) -> KubernetesEnvironment:
    """Return the environment with its own type; raises EnvironmentUnsuitable."""
    if not isinstance(environment, KubernetesEnvironment):
        raise EnvironmentUnsuitable(f"{environment.name} is no Kubernetes")
    return environment
