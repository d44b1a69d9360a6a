"""The relay process: publishing, sweeping and measuring side by side."""

from workers.backoff import jittered
from workers.broker import open_broker
from workers.gauges import Gauges
from workers.program import Program, until_stopped
from workers.relay import Relay, repeat
from workers.sweep import Sweep

MEASURE_SECONDS = 5.0
#: Listening, publishing, sweeping, measuring.
CONNECTIONS = 4


async def serve_relay(program: Program) -> None:
    """Relay until a signal. Without sweep seconds nothing that was lost comes back."""
    settings = program.settings
    broker = open_broker(settings.broker_url)
    relay = Relay(broker, poll_seconds=settings.relay_poll_seconds)
    gauges = Gauges()
    works = [
        relay.bell.listen(),
        relay.publish_for_ever(),
        repeat(gauges.measure_queues, lambda: jittered(MEASURE_SECONDS)),
        repeat(gauges.measure_replication, lambda: jittered(MEASURE_SECONDS)),
    ]
    if settings.sweep_seconds:
        sweep = Sweep(relay)
        works.append(repeat(sweep.run, lambda: jittered(settings.sweep_seconds)))
    try:
        await until_stopped(program, *works)
    finally:
        broker.close()
