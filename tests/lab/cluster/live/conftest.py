"""One session of commands on a real cluster; the tests read the results."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[4]


@dataclass
class Day:
    """The output of each command in order, and the paths of their files."""

    state: Path
    codes: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def run(self, name, *command, seconds=1200):
        """Run one command; return whether it succeeded."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "HOLDFAST_STATE": str(self.state)},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
        self.codes[name] = done.returncode
        self.said[name] = done.stdout + done.stderr
        self.seconds[name] = time.monotonic() - began
        return done.returncode == 0

    def ask(self, path):
        """Send a request to the API through its Service; record the status."""
        platform = json.loads((self.state / "cluster" / "platform.json").read_text())
        url = platform["api"]["url"]
        with httpx.Client(timeout=10, trust_env=False) as client:
            self.answers[path] = client.get(f"{url}{path}").status_code

    def outcome(self, name):
        """The outcome that a command wrote: verdict, measurements, facts."""
        file = self.state / "cluster" / "results" / f"cluster-{name}.json"
        return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def day(tmp_path_factory):
    """Up, deploy, use, destroy, down; the cluster is removed in any case."""
    day = Day(tmp_path_factory.mktemp("state"))
    try:
        if day.run("up", "lab.cluster", "up", "--own", seconds=3600):
            play(day)
    finally:
        day.run("down", "lab.cluster", "down")
    return day


def play(day):
    """Run an engineer's commands between up and down."""
    published = str(day.state / "cluster" / "platform.json")
    if day.run("deploy", "lab.cluster", "deploy"):
        day.ask("/health/ready")
        day.ask("/api/v1/events")
        day.run("smoke", "loadtests", "run", "smoke", "--cluster", published)
    day.run("destroy", "lab.cluster", "destroy")
