"""`python -m api` as a process: it shares its address, drains, and ends on a signal."""

import asyncio
import base64
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

Process = asyncio.subprocess.Process


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def environment(settings):
    key = base64.b64encode(settings.token_keys[0].secret).decode()
    return {
        "HOLDFAST_DATABASE_HOSTS": ",".join(map(str, settings.database_hosts)),
        "HOLDFAST_DATABASE_USER": settings.database_user,
        "HOLDFAST_DATABASE_PASSWORD": settings.database_password,
        "HOLDFAST_BROKER_URL": settings.broker_url,
        "HOLDFAST_CACHE_URL": settings.cache_url,
        "HOLDFAST_TOKEN_KEYS": f"one:{key}",
        "HOLDFAST_POOL_MIN": "1",
    }


@asynccontextmanager
async def instance(environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def poll(ask: Callable[[], Awaitable[bool]]) -> None:
    """Repeat until it returns True; half a minute, since the machine may be busy."""
    async with asyncio.timeout(30):
        while not await ask():  # noqa: ASYNC110 - another process's progress
            await asyncio.sleep(0.05)


async def is_up(url: str) -> bool:
    try:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{url}/health/ready")).status_code == 200
    except httpx.TransportError:
        return False


async def test_two_instances_share_an_address_and_one_may_stop(environment):
    bind = free_address()
    metrics = [free_address(), free_address()]
    url = f"http://{bind}"
    first = environment | {"HOLDFAST_BIND": bind, "HOLDFAST_METRICS_BIND": metrics[0]}
    second = first | {"HOLDFAST_METRICS_BIND": metrics[1]}

    async with instance(first) as leaving, instance(second), httpx.AsyncClient() as web:
        await poll(lambda: is_up(url))

        async def both_count() -> bool:
            await is_up(url)
            try:
                pages = [await web.get(f"http://{one}/metrics") for one in metrics]
            except httpx.TransportError:
                return False
            return all('route="/health/ready"' in page.text for page in pages)

        await poll(both_count)
        leaving.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            assert await leaving.wait() == 0
        for _ in range(20):
            assert await is_up(url)


async def test_a_request_in_flight_is_finished_before_the_end(environment):
    bind = free_address()
    own = environment | {"HOLDFAST_BIND": bind, "HOLDFAST_DRAIN_SECONDS": "1"}
    body = {"email": f"{bind}@x.example.com".replace(":", "."), "password": "12345678"}

    async with instance(own) as process, httpx.AsyncClient(timeout=10) as web:
        await poll(lambda: is_up(f"http://{bind}"))
        request = asyncio.create_task(
            web.post(f"http://{bind}/api/v1/auth/register", json=body | {"name": "A"})
        )
        await asyncio.sleep(0)
        process.send_signal(signal.SIGTERM)
        draining = await web.get(f"http://{bind}/health/ready")
        answer = await request
        async with asyncio.timeout(15):
            ended = await process.wait()

    assert draining.json()["status"] == "draining"
    assert answer.status_code == 201
    assert ended == 0


async def test_missing_settings_are_named(environment):
    del environment["HOLDFAST_DATABASE_USER"]
    async with instance(environment) as process:
        _, said = await process.communicate()

    assert process.returncode == 2
    assert said.decode() == "HOLDFAST_DATABASE_USER: is not set\n"
