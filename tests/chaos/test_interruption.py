"""Signals during a fault: a separate program, signalled from the test."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, pathlib, sys
from contextlib import asynccontextmanager

from chaos.experiment import Experiment, FaultRecord, run
from chaos.interruption import Interrupted, run_undoing
from chaos.timeline import Timeline

held = pathlib.Path(sys.argv[1])

class Scene:
    timeline = Timeline()
    fault_record = None

async def nothing(scene):
    return []

@asynccontextmanager
async def fault(scene):
    async def evidence():
        return "held" if held.exists() else None
    held.touch()
    try:
        yield FaultRecord(at=0.0, what="the file is there", evidence=evidence)
    finally:
        print("undoing", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        held.unlink()

async def hold(scene):
    print("holding", flush=True)
    await asyncio.Event().wait()

experiment = Experiment(name="file-held", title="A file is held", steady=nothing,
    fault=fault, hold=hold, during=(), settle=nothing, after=())
try:
    run_undoing(run(experiment, Scene()))
except Interrupted:
    sys.exit(130)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_undoes_the_fault_and_a_second_signal_is_ignored(tmp_path, number):
    held = tmp_path / "held"
    command = [sys.executable, "-c", PROGRAM, str(held)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "holding\n"
        assert held.exists()
        program.send_signal(number)
        assert program.stdout.readline() == "undoing\n"
        program.send_signal(number)
        program.communicate("go on\n", timeout=10)

    assert program.returncode == 130
    assert not held.exists()
