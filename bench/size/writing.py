"""Batches through the real API: the cost of storing an event."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from statistics import median
from uuid import UUID

import msgspec
from msgspec import Struct

from bench.exchange import SUCCESS, RunAborted, ask, compose, require
from bench.size import population
from bench.size.ground import HOST, Ground, spend_seconds

BATCHES = (100, 1000)
_PATH = "/api/v1/events/batch"
_LOG_BYTES = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"


class WriteCost(Struct, frozen=True):
    """The cost of one event of a batch; `log_bytes` go to the disk and each standby."""

    database_microseconds: float
    api_microseconds: float
    log_bytes: float
    events: int

    @property
    def both_microseconds(self) -> float:
        """Return the processor time of API and database together."""
        return self.database_microseconds + self.api_microseconds


async def measure_writes(
    ground: Ground, *, events: int, rounds: int, seed: int, watch: Callable[[str], None]
) -> dict[int, WriteCost]:
    """Send `events` events in batches of each size, in every round.

    A checkpoint comes first: until the next one, the WAL contains a full image of
    every page that is changed, as in production.
    Raises RunAborted unless every event of every batch was accepted.
    """
    chance = Random(seed)  # noqa: S311 - repeatable, no secret
    turns: dict[int, list[WriteCost]] = {size: [] for size in BATCHES}
    connection = await ground.connect()
    try:
        await connection.execute("CHECKPOINT")
        # Warm up connections and plans with batches that do not count.
        await send(ground, [make_batch(100, chance, datetime.now(UTC))], 100)
        for number in range(rounds):
            for size in BATCHES:
                watch(f"round {number + 1} of {rounds}: batches of {size}")
                bodies = [
                    make_batch(size, chance, datetime.now(UTC))
                    for _ in range(events // size)
                ]
                before = await connection.fetchval(_LOG_BYTES)
                cost = await send(ground, bodies, size)
                logged = await connection.fetchval(_LOG_BYTES) - before
                turns[size].append(
                    msgspec.structs.replace(cost, log_bytes=logged / cost.events)
                )
    finally:
        await connection.close()
    return {size: summarise(several) for size, several in turns.items()}


async def send(ground: Ground, bodies: list[bytes], size: int) -> WriteCost:
    """Send the batches one after the other."""
    requests = [
        compose(
            "POST", _PATH, token=ground.member.token, port=ground.api.port, body=body
        )
        for body in bodies
    ]
    before = spend_seconds(ground)
    for request in requests:
        answer = await ask(HOST, ground.api.port, request)
        require(answer, SUCCESS)
        if msgspec.json.decode(answer.body)["accepted"] != size:
            raise RunAborted(f"not every event was accepted: {answer.body[:300]!r}")
    used = [
        now - earlier
        for now, earlier in zip(spend_seconds(ground), before, strict=True)
    ]
    events = size * len(bodies)
    database, api = (seconds / events * 1e6 for seconds in used)
    return WriteCost(database, api, 0.0, events)


def summarise(turns: list[WriteCost]) -> WriteCost:
    """Return the least CPU time, since noise only adds to it, and the median WAL."""
    return WriteCost(
        database_microseconds=min(one.database_microseconds for one in turns),
        api_microseconds=min(one.api_microseconds for one in turns),
        log_bytes=median(one.log_bytes for one in turns),
        events=sum(one.events for one in turns),
    )


def make_batch(size: int, chance: Random, now: datetime) -> bytes:
    """Return a batch drawn from the population; every client id is new."""
    types = population.types()
    kinds = chance.choices(
        types.things, weights=population.weights(len(types.things)), k=size
    )
    moment = now.isoformat()
    events = [
        {
            "client_id": UUID(int=chance.getrandbits(128)).hex,
            "type": kind,
            "occurred_at": moment,
            "tool": f"tool-{chance.randrange(population.TOOLS)}",
            "actor": f"actor-{int(chance.random() ** 3 * population.ACTORS)}",
            "properties": {"branch": "main", "seconds": chance.randrange(1024)},
        }
        for kind in kinds
    ]
    return msgspec.json.encode({"events": events})
