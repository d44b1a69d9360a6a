"""Processes, ports and files that remain after the platform stops."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

from exchange.outcomes import Measurement
from exchange.platforms import Platform
from verify.checks.judging import cannot_measure, measure
from verify.evidence import Evidence
from verify.stage import Status

_TARGET = "limit.leftovers"
_SHOWN = 5
_CONNECT_SECONDS = 0.2
_ADDRESS = re.compile(rb"127\.0\.0\.1:(\d+)|\"port\":\s*(\d+)")


def check_leftovers(evidence: Evidence) -> list[Measurement]:
    """Stop the platform if this run started it, then look for leftovers."""
    if not evidence.stage.started_here:
        why = "the platform was running before and goes on running"
        return [cannot_measure(evidence.targets, _TARGET, why)]
    if evidence.keep_running:
        why = "the platform was asked to keep running"
        return [cannot_measure(evidence.targets, _TARGET, why)]
    processes = _find_processes(evidence.stage.read_status())
    ports = find_ports(evidence.published)
    evidence.stage.take_down()
    left = list(find_leftovers(processes, ports, evidence.stage.state))
    shown = ", ".join(left[:_SHOWN]) or "no process, no port, no file"
    looked_at = len(processes) + len(ports)
    return [
        measure(evidence.targets, _TARGET, len(left), shown, samples=looked_at)
        if looked_at
        else cannot_measure(evidence.targets, _TARGET, "nothing was running before")
    ]


def find_ports(published: Platform) -> set[int]:
    """Return every port of this machine in the platform's published addresses."""
    found = _ADDRESS.finditer(msgspec.json.encode(published))
    return {int(match[1] or match[2]) for match in found}


def find_leftovers(
    processes: list[psutil.Process], ports: set[int], state: Path
) -> Iterator[str]:
    """Describe each process, port and file that remains."""
    for process in processes:
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            yield f"process {process.pid}"
    for port in sorted(ports):
        if _is_open(port):
            yield f"port {port}"
    for path in sorted(state.rglob("*")):
        if not path.is_dir():
            yield f"file {path.relative_to(state)}"


def _find_processes(status: Status) -> list[psutil.Process]:
    family = []
    for facts in status.processes.values():
        for key in ("pid", "postgres_pid"):
            family += _find_family(facts.get(key))
    return list({process.pid: process for process in family}.values())


def _find_family(pid: int | None) -> list[psutil.Process]:
    if not pid:
        return []
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _is_open(port: int) -> bool:
    with socket.socket() as caller:
        caller.settimeout(_CONNECT_SECONDS)
        return caller.connect_ex(("127.0.0.1", port)) == 0
