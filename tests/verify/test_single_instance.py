import subprocess
import sys

import pytest

from exchange.platforms import Api, Process, write_platform
from verify.interrupts import Interrupts
from verify.single_instance import one_instance
from verify.stage import PlatformNotReady, Stage

# A platform of three instances whose supervisor is the file system: one that is
# held is reported so once its process has ended, as `local` does.
LOCAL = """
import json, os, sys
from pathlib import Path

state = Path(sys.argv[1])
published = json.loads((state / "platform.json").read_text())
def look(name):
    pid = int((state / name).read_text())
    alive = Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    held = (Path(published["hold_dir"]) / name).exists()
    seen = "running" if alive else "held" if held else "failed"
    return {"pid": pid if alive else None, "state": seen}
found = {name: look(name) for name in published["api"]["instances"]}
ready = not list(Path(published["hold_dir"]).iterdir())
print(json.dumps({"ready": ready, "processes": found}))
"""
INSTANCES = ["api-1", "api-2", "api-3"]


@pytest.fixture
def processes():
    """Start three sleeping processes; stop the survivors after the test."""
    running = {
        name: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        for name in INSTANCES
    }
    yield running
    for process in running.values():
        process.kill()
        process.wait()


@pytest.fixture
def stage(tmp_path, processes, published):
    state = tmp_path / "state"
    hold = state / "hold"
    hold.mkdir(parents=True)
    for name, process in processes.items():
        (state / name).write_text(str(process.pid))
    platform = published(
        hold_dir=str(hold),
        api=Api("http://127.0.0.1:8000", tuple(INSTANCES)),
        processes={
            name: Process("api", metrics=f"http://{name}/metrics") for name in INSTANCES
        },
    )
    write_platform(platform, state / "platform.json")
    program = tmp_path / "local.py"
    program.write_text(LOCAL.replace("sys.argv[1]", repr(str(state))))
    return Stage(
        tmp_path,
        interrupts=Interrupts(),
        logs=tmp_path,
        local=(sys.executable, str(program)),
    )


def held(stage):
    return sorted(hold.name for hold in (stage.state / "hold").iterdir())


def test_all_but_the_first_instance_stop_and_are_held(stage, processes):
    with one_instance(stage) as metrics:
        assert metrics == "http://api-1/metrics"
        assert processes["api-1"].poll() is None
        assert held(stage) == ["api-2", "api-3"]

    assert held(stage) == []


def test_the_holds_go_even_when_the_block_fails(stage):
    with pytest.raises(KeyboardInterrupt), one_instance(stage):
        raise KeyboardInterrupt

    assert held(stage) == []


def test_a_missing_platform_is_reported(tmp_path):
    nowhere = Stage(tmp_path, interrupts=Interrupts(), logs=tmp_path)

    with pytest.raises(PlatformNotReady), one_instance(nowhere):
        pytest.fail("there is no instance to be alone with")
