"""What a run has seen so far: the checks judge it, the report shows it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from targets import Targets
from targets.verdict import Outcome
from verify.alerts import AlertSpan
from verify.metrics import Scrape
from verify.stage import Stage, Status
from verify.steps import Step

Mode = Literal["full", "quick", "drill", "cluster", "chosen"]


@dataclass
class Evidence:
    """Filled while the run goes on; `outcomes` is keyed by source."""

    targets: Targets
    stage: Stage
    mode: Mode
    steps: tuple[Step, ...]
    keep_running: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    samples: list[Status] = field(default_factory=list)
    alerts: list[AlertSpan] = field(default_factory=list)
    published: dict[str, Any] = field(default_factory=dict)
    before_load: Scrape | None = None
    load_began: float | None = None
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    began: float = field(default_factory=time.monotonic)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def processes(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The published processes of this kind, by name."""
        processes: dict[str, Mapping[str, Any]] = self.published.get("processes", {})
        return {
            name: process
            for name, process in processes.items()
            if process.get("kind") == kind
        }

    @property
    def seconds_since_load(self) -> float:
        """Since the first load began; 0 while there was none."""
        began = self.load_began
        return 0.0 if began is None else time.monotonic() - began

    @property
    def elapsed_seconds(self) -> float:
        return time.monotonic() - self.began
