"""Have consumers stop fetching as soon as their worker shuts down."""

from typing import Any

from dramatiq.broker import Broker
from dramatiq.middleware import Middleware

from workers.wakeful import WakefulBroker


class StopTaking(Middleware):
    """Dramatiq keeps its consumers running while its threads finish their jobs.

    They would go on prefetching messages that nobody here will run.
    """

    def before_worker_shutdown(self, broker: Broker, worker: Any) -> None:  # noqa: ANN401 - Dramatiq's signature
        del worker
        if isinstance(broker, WakefulBroker):
            broker.draining.set()
