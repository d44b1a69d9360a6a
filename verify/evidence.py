"""Data collected by a run: the checks judge it, the report shows it."""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from exchange.outcomes import Outcome
from exchange.platforms import Api, LocalPlatform, Platform, Process
from exchange.scrapes import Scrape
from targets import Targets
from targets.calibration import Calibration
from verify.alerts import AlertSpan
from verify.stage import PlatformNotReady, Stage, Status
from verify.steps import Step

UNPUBLISHED = Platform(api=Api(url=""))
Mode = Literal["full", "quick", "drill", "cluster", "chosen"]


@dataclass
class Evidence:
    """The data of one run, filled step by step; `outcomes` is keyed by source."""

    targets: Targets
    stage: Stage
    mode: Mode
    steps: tuple[Step, ...]
    keep_running: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    samples: list[Status] = field(default_factory=list)
    alerts: list[AlertSpan] = field(default_factory=list)
    published: Platform = UNPUBLISHED
    calibration: Calibration | None = None
    before_load: Scrape | None = None
    load_began: float | None = None
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    began: float = field(default_factory=time.monotonic)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def local(self) -> LocalPlatform:
        """Return the local platform; raises PlatformNotReady for a cluster."""
        if isinstance(self.published, LocalPlatform):
            return self.published
        raise PlatformNotReady("no platform on this machine is published")

    def processes(self, kind: str) -> dict[str, Process]:
        """Return the published processes of this kind, by name."""
        return {
            name: process
            for name, process in self.published.processes.items()
            if process.kind == kind
        }

    @property
    def seconds_since_load(self) -> float:
        """Return the seconds since the first load began; 0 before it."""
        began = self.load_began
        return 0.0 if began is None else time.monotonic() - began

    @property
    def elapsed_seconds(self) -> float:
        return time.monotonic() - self.began
