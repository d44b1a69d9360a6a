"""Contradictions between targets about load: connections, memory, rates, mixes."""

from collections.abc import Iterator

from targets.catalog import Targets
from targets.finding import Finding


def find_load_conflicts(targets: Targets) -> Iterator[Finding]:
    """Return every contradiction between two amounts."""
    yield from _find_connection_shortage(targets)
    yield from _find_pool_ceiling(targets)
    yield from _find_crowding(targets)
    yield from _find_mix_gaps(targets)
    yield from _find_memory_conflicts(targets)
    yield from _find_upload_backlog(targets)
    yield from _find_crossed_bounds(targets)


def _find_connection_shortage(targets: Targets) -> Iterator[Finding]:
    pool = targets.capacity["db-pool-max"].value
    instances = targets.scale["api-max"].value
    workers = targets.scale["workers-max"].value
    wanted = instances * pool + workers
    room = targets.assume.max_connections * targets.alert["db-connections"].value
    if wanted > room:
        yield Finding(
            "pools-exceed-connections",
            f"{instances:g} instances x {pool:g} connections + {workers:g} workers = "
            f"{wanted:g}, and alert.db-connections fires above {room:g} of "
            f"{targets.assume.max_connections}",
        )


def _find_pool_ceiling(targets: Targets) -> Iterator[Finding]:
    rate = targets.capacity["api"].value
    pool = targets.capacity["db-pool-max"].value
    for name in ("db-simple", "db-complex"):
        ceiling = pool / targets.slo[name].value
        if ceiling < rate:
            yield Finding(
                f"{name}-caps-the-rate",
                f"{pool:g} connections with queries at the limit of slo.{name} carry "
                f"{ceiling:g}/s, less than capacity.api = {rate:g}/s",
            )


def _find_crowding(targets: Targets) -> Iterator[Finding]:
    in_flight = targets.capacity["api"].value * targets.slo["latency"].value
    users = targets.capacity["users-100"].value
    if in_flight > users:
        yield Finding(
            "rate-outgrows-users",
            f"capacity.api at the limit of slo.latency has {in_flight:g} requests in "
            f"flight, more than capacity.users-100 = {users:g} users can send",
        )


def _find_mix_gaps(targets: Targets) -> Iterator[Finding]:
    mixed = [slo for slo in targets.slo.values() if slo.mix is not None]
    total = sum(slo.mix.exact for slo in mixed if slo.mix is not None)
    if total != 1:
        yield Finding(
            "mix-is-not-whole", f"the mix of the slo family sums to {total:.0%}"
        )
    overall = targets.slo["latency"]
    slower = sum(
        slo.mix.value for slo in mixed if slo.mix and slo.value > overall.value
    )
    if slower > overall.bad_share:
        yield Finding(
            "overall-latency-rests-on-the-mix",
            f"{slower:.0%} of the mix may be slower than slo.latency, which allows "
            f"{overall.bad_share:.0%}",
        )


def _find_memory_conflicts(targets: Targets) -> Iterator[Finding]:
    assume = targets.assume
    line = assume.container_memory.value * targets.alert["memory"].value
    for name in ("api-memory", "worker-memory"):
        if targets.limit[name].value > line:
            yield Finding(
                f"{name}-over-its-alert",
                f"alert.memory fires at {line / 1e6:.0f} MB of "
                f"{assume.container_memory.text}, below limit.{name}",
            )
    whole = targets.limit["platform-memory"].value
    parts = (
        assume.api_instances * targets.limit["api-memory"].value
        + assume.workers * targets.limit["worker-memory"].value
    )
    if parts > whole:
        yield Finding(
            "parts-exceed-platform-memory",
            f"instances and workers at their limits use {parts / 1e6:.0f} MB, more "
            f"than limit.platform-memory = {whole / 1e6:.0f} MB",
        )


def _find_upload_backlog(targets: Targets) -> Iterator[Finding]:
    threads = targets.assume.worker_threads
    per_worker = threads / targets.slo["task"].value
    for name, bound in (("uploads", "workers-min"), ("uploads-queued", "workers-max")):
        rate = targets.capacity[name].value
        workers = targets.scale[bound].value
        if workers * per_worker < rate:
            yield Finding(
                f"{name}-outrun-workers",
                f"{workers:g} workers at the limit of slo.task do "
                f"{workers * per_worker:g}/s, less than capacity.{name} = {rate:g}/s",
            )


def _find_crossed_bounds(targets: Targets) -> Iterator[Finding]:
    pairs = (
        ("capacity", "db-pool-min", "db-pool-max"),
        ("scale", "api-min", "api-max"),
        ("scale", "workers-min", "workers-max"),
    )
    for family, low, high in pairs:
        bounds = getattr(targets, family)
        if bounds[low].value > bounds[high].value:
            yield Finding(
                f"{low}-over-{high}", f"{family}.{low} is more than {family}.{high}"
            )
