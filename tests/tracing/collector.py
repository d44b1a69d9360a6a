"""The running collector: its address and the spans that it received."""

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from tests.compiled import COLLECTOR, compiled
from tests.conftest import free_port

START_SECONDS = 60


class Received(Struct, frozen=True):
    """One span as the collector wrote it; ids in hex, values as text."""

    trace: str
    id: str
    parent: str
    name: str
    kind: int
    service: str
    facts: dict[str, str]
    resource: dict[str, str]
    links: list[str]
    text: str


class Collector:
    """An OpenTelemetry Collector that appends what it receives to a file."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.file = folder / "spans.jsonl"

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the collector during the block."""
        configuration = self.folder / "collector.json"
        configuration.write_text(json.dumps(describe(self.port, self.file)))
        with (self.folder / "collector.log").open("ab") as log:
            process = subprocess.Popen(
                [compiled(COLLECTOR), f"--config=file:{configuration}"],
                stdout=log,
                stderr=log,
                process_group=0,
            )
        try:
            self._wait_for(process)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.folder / "collector.log").read_text()[-2000:])
            time.sleep(0.05)

    def spans(self) -> list[Received]:
        """Return the spans received so far."""
        if not self.file.exists():
            return []
        lines = self.file.read_bytes().splitlines()
        found: list[Received] = []
        for line in lines:
            try:
                found += spans_of(msgspec.json.decode(line))
            except msgspec.DecodeError:  # still being written
                continue
        return found

    def trace(self, trace: str) -> list[Received]:
        """Return the spans of one trace."""
        return [span for span in self.spans() if span.trace == trace]


def spans_of(batch: dict[str, Any]) -> Iterator[Received]:
    for one in batch["resourceSpans"]:
        resource = values_of(one["resource"].get("attributes", []))
        for scope in one["scopeSpans"]:
            for span in scope["spans"]:
                yield Received(
                    trace=span["traceId"],
                    id=span["spanId"],
                    parent=span.get("parentSpanId", ""),
                    name=span["name"],
                    kind=span["kind"],
                    service=resource["service.name"],
                    facts=values_of(span.get("attributes", [])),
                    resource=resource,
                    links=[link["traceId"] for link in span.get("links", [])],
                    text=json.dumps(span),
                )


def values_of(attributes: list[dict[str, Any]]) -> dict[str, str]:
    return {
        one["key"]: str(next(iter(one["value"].values()), "")) for one in attributes
    }


def describe(port: int, file: Path) -> dict[str, Any]:
    """Return the configuration: OTLP over HTTP in, JSON lines out."""
    protocols = {"http": {"endpoint": f"127.0.0.1:{port}"}}
    return {
        "receivers": {"otlp": {"protocols": protocols}},
        "exporters": {"file": {"path": str(file), "flush_interval": "100ms"}},
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {"traces": {"receivers": ["otlp"], "exporters": ["file"]}},
        },
    }
