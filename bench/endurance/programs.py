"""The programs under load: one API instance, one worker and the relay."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from msgspec import Struct

from bench.services import Services, free_port, running
from bench.subjects import (
    OURS,
    Subject,
    migrate,
    our_settings,
    serve_ours,
    serve_sink,
)
from bench.work import Cast, gather_cast


class Programs(Struct, frozen=True):
    """Process ids of the API and the worker, and the member that sends requests."""

    api: Subject
    worker: int
    cast: Cast


@contextmanager
def start_programs(services: Services, folder: Path) -> Iterator[Programs]:
    """Migrate and start all programs; raises ServiceMissing."""
    key = secrets.token_bytes(32)
    settings = our_settings(services, key)
    migrate(settings, services.password)
    with ExitStack() as stack:
        _, tracing = stack.enter_context(serve_sink(folder))
        settings |= tracing
        api = stack.enter_context(serve_ours(OURS, settings, folder))
        works = settings | {"HOLDFAST_DATABASE_USER": "holdfast_worker"}
        stack.enter_context(serve_worker("relay", works, folder))
        worker = stack.enter_context(serve_worker("worker", works, folder))
        cast = gather_cast(f"http://127.0.0.1:{api.port}", key)
        yield Programs(api, worker, cast)


@contextmanager
def serve_worker(name: str, settings: dict[str, str], folder: Path) -> Iterator[int]:
    """Run a worker or the relay until the block ends; yield its process id."""
    command = [sys.executable, "-m", "workers"]
    command += ["relay"] if name == "relay" else []
    bound = {
        "HOLDFAST_INSTANCE": name,
        "HOLDFAST_METRICS_BIND": f"127.0.0.1:{free_port()}",
    }
    with running(command, folder / f"{name}.log", settings | bound) as process:
        yield process.pid
