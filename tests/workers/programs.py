"""The programs as real processes, which a test may signal and kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from api.settings import Settings
from tests.conftest import wait_for

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).parent / "worker_with_effects.py"


class Program:
    """One program as a real process with its own process group."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                env=os.environ | environment,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                process_group=0,
            )

    @property
    def memory(self) -> int:
        return psutil.Process(self.process.pid).memory_info().rss

    @property
    def processor_seconds(self) -> float:
        times = psutil.Process(self.process.pid).cpu_times()
        return times.user + times.system

    async def until_logged(self, text: str) -> None:
        """Wait until the program has logged this."""

        async def is_logged() -> bool:
            return text in self.log.read_text()

        await wait_for(is_logged)

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.signal(signal.SIGKILL)
        self.process.wait()


class Start:
    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.folder = folder
        self.programs: list[Program] = []

    async def until_started(self) -> None:
        """Wait until every program has logged its start: imports take seconds."""
        for program in self.programs:
            await program.until_logged("_started")

    def worker(self, **environment: str) -> Program:
        return self._start([str(SCRIPT)], environment)

    def dramatiq_worker(self) -> Program:
        """Start the actors under Dramatiq's own command line."""
        options = ["--processes", "2", "--threads", "4"]
        module = "tests.workers.dramatiq_app_with_effects:use_broker"
        return self._start(["-m", "dramatiq", module, *options], {})

    def relay(self, **environment: str) -> Program:
        return self._start(["-m", "workers", "relay"], environment)

    def program(self, *arguments: str, **environment: str) -> Program:
        return self._start(["-m", "workers", *arguments], environment)

    def _start(self, arguments: list[str], environment: dict[str, str]) -> Program:
        number = len(self.programs)
        program = Program(
            [sys.executable, *arguments],
            self._environment(f"program-{number}") | environment,
            self.folder / f"{number}.log",
        )
        self.programs.append(program)
        return program

    def _environment(self, instance: str) -> dict[str, str]:
        settings = self.settings
        return {
            "HOLDFAST_INSTANCE": instance,
            "HOLDFAST_DATABASE_HOSTS": ",".join(map(str, settings.database_hosts)),
            "HOLDFAST_DATABASE_NAME": settings.database_name,
            "HOLDFAST_DATABASE_USER": settings.database_user,
            "HOLDFAST_DATABASE_PASSWORD": settings.database_password,
            "HOLDFAST_BROKER_URL": settings.broker_url,
            "HOLDFAST_LEASE_SECONDS": str(settings.lease_seconds),
            "HOLDFAST_SWEEP_SECONDS": str(settings.sweep_seconds),
            "HOLDFAST_RELAY_POLL_SECONDS": str(settings.relay_poll_seconds),
            "PYTHONPATH": str(ROOT),
        }
