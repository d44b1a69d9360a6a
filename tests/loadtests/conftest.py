import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

HERE = Path(__file__).parent


@contextmanager
def serving(**faults):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, str(HERE / "stub.py"), str(port), json.dumps(faults)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(url)
            yield url
        finally:
            process.terminate()


def wait_for(url):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/metrics", timeout=1)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the stub never answered at {url}")


@pytest.fixture(scope="session")
def stub():
    """Return a context manager: the stub server with the given faults."""
    return serving


@pytest.fixture
def loadtests(tmp_path):
    """Run `python -m loadtests …` to its end; the outcome is in `tmp_path`."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "loadtests", *arguments],
            env=os.environ | {"HOLDFAST_STATE": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run
