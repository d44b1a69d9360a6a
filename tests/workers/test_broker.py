"""The broker: where it differs from Dramatiq's own Redis broker, and why."""

import signal
import time
import uuid

import pytest
import redis
from dramatiq.errors import ConnectionClosed

from workers.delivery.broker import open_broker
from workers.delivery.connections import CALL_SECONDS, broker_errors, connect
from workers.delivery.publications import notification

QUEUE = "default"


def messages(count: int):
    return [notification(uuid.uuid4(), 0, "actor", QUEUE) for _ in range(count)]


def test_publishing_twice_queues_once(broker, broker_server):
    batch = messages(3)

    assert broker.publish(QUEUE, batch) == 3
    assert broker.publish(QUEUE, batch) == 0

    assert broker_server.client.llen("dramatiq:default") == 3


def test_a_message_carries_the_id_of_its_job_and_nothing_else(broker):
    job = uuid.uuid4()
    broker.publish(QUEUE, [notification(job, 7, "actor", QUEUE)])

    message = next(broker.consume(QUEUE))

    assert (message.args, message.kwargs) == ((str(job),), {})


def test_delays_are_refused(broker):
    with pytest.raises(ValueError, match="run_at"):
        broker.enqueue(messages(1)[0], delay=1000)
    assert broker.get_declared_delay_queues() == set()


def test_a_batch_whose_response_was_lost_is_fetched_again_by_the_same_worker(broker):
    """Dramatiq leaves such ids unprocessed until the process ends."""
    broker.publish(QUEUE, messages(3))
    broker.fetch(QUEUE, 3)

    consumer = broker.consume(QUEUE, timeout=100)

    assert len({next(consumer).message_id for _ in range(3)}) == 3


def test_a_new_consumer_does_not_requeue_messages_still_in_flight(broker):
    broker.publish(QUEUE, messages(1))
    assert next(broker.consume(QUEUE)) is not None

    assert next(broker.consume(QUEUE, timeout=100)) is None


def test_closing_a_consumer_returns_its_fetched_messages(broker, broker_server):
    broker.publish(QUEUE, messages(5))
    consumer = broker.consume(QUEUE)
    next(consumer)

    consumer.close()

    assert broker_server.client.llen("dramatiq:default") == 4


def test_maintenance_requeues_the_messages_of_a_dead_worker(broker, broker_server):
    dead = open_broker(broker_server.url)
    dead.publish(QUEUE, messages(2))
    dead.fetch(QUEUE, 2)
    broker_server.client.zadd("dramatiq:__heartbeats__", {dead.broker_id: 1})

    broker.maintain(QUEUE)
    dead.close()

    assert broker_server.client.llen("dramatiq:default") == 2


def test_acknowledging_leaves_nothing_in_redis(broker, broker_server):
    broker.publish(QUEUE, messages(10))
    consumer = broker.consume(QUEUE)
    for _ in range(10):
        consumer.ack(next(consumer))

    left = broker_server.client.keys("dramatiq:default*")
    assert left == [b"dramatiq:default.wake"]
    assert broker_server.client.keys("dramatiq:__acks__*") == []


def test_a_rejected_message_is_deleted_because_postgres_has_the_job(
    broker, broker_server
):
    broker.publish(QUEUE, messages(1))
    consumer = broker.consume(QUEUE)

    consumer.nack(next(consumer))

    assert broker_server.client.hlen("dramatiq:default.msgs") == 0
    assert broker_server.client.zcard("dramatiq:default.XQ") == 0


def test_acknowledgements_wait_for_a_dead_broker_without_failing(broker, broker_server):
    broker.publish(QUEUE, messages(2))
    consumer = broker.consume(QUEUE)
    first, second = next(consumer), next(consumer)

    broker_server.kill()
    consumer.ack(first)
    broker_server.start()
    consumer.ack(second)

    assert broker_server.client.hlen("dramatiq:default.msgs") == 0


def test_prefetch_is_bounded_and_refilled_at_half(broker):
    broker.publish(QUEUE, messages(300))
    consumer = broker.consume(QUEUE, timeout=50)
    out = [next(consumer) for _ in range(200)]

    assert next(consumer) is None
    for message in out[:99]:
        consumer.ack(message)
    assert next(consumer) is None
    consumer.ack(out[99])
    assert next(consumer) is not None


def test_a_hung_broker_raises_connection_closed_within_seconds(broker, broker_server):
    """Dramatiq handles only ConnectionError; a timeout would end its consumer."""
    consumer = broker.consume(QUEUE)
    started = time.monotonic()
    broker_server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(ConnectionClosed):
            next(consumer)
    finally:
        broker_server.signal(signal.SIGCONT)

    assert time.monotonic() - started < CALL_SECONDS + 2


def test_a_demoted_master_raises_connection_closed_and_its_connection_is_dropped(
    broker_server,
):
    client = connect(broker_server.url)
    former = client.client_id()
    broker_server.client.replicaof("127.0.0.1", "1")
    try:
        with pytest.raises(ConnectionClosed), broker_errors(client):
            client.set("written", 1)
        assert client.client_id() != former
    finally:
        client.close()
        broker_server.client.replicaof("NO", "ONE")


def test_a_failed_call_is_not_repeated_by_the_client(broker_server):
    """A repeated fetch would take a second batch and lose the first."""
    client = connect(broker_server.url)
    client.ping()
    calls = _calls_of(broker_server.client)
    broker_server.signal(signal.SIGSTOP)
    try:
        with pytest.raises(redis.TimeoutError):
            client.lpop("nothing")
    finally:
        client.close()
        broker_server.signal(signal.SIGCONT)
    broker_server.client.ping()

    assert _calls_of(broker_server.client) - calls <= 1


def _calls_of(client) -> int:
    return int(client.info("commandstats").get("cmdstat_lpop", {"calls": 0})["calls"])
