"""One day on a real cluster, played once; the tests read what was seen."""

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
    """What the commands of a day said, in their order, and where they wrote."""

    state: Path
    codes: dict[str, int] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    def run(self, name, *command, seconds=1200):
        """Run one command of the day; True when it went well."""
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
        """Ask the API through its Service; notes the status."""
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
    """Up, installed, used, destroyed, down; the cluster goes whatever happens."""
    day = Day(tmp_path_factory.mktemp("state"))
    try:
        if day.run("up", "lab.cluster", "up", "--own", seconds=3600):
            play(day)
    finally:
        day.run("down", "lab.cluster", "down")
    return day


def play(day):
    """What an engineer does between up and down."""
    published = str(day.state / "cluster" / "platform.json")
    if day.run("deploy", "lab.cluster", "deploy"):
        day.ask("/health/ready")
        day.ask("/api/v1/events")
        day.run("smoke", "loadtests", "run", "smoke", "--cluster", published)
    day.run("destroy", "lab.cluster", "destroy")
