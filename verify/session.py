"""One run from start to stop: every step leaves an outcome, also after a failure."""

import time
from datetime import UTC, datetime
from pathlib import Path

import httpx

from exchange.outcomes import (
    Measurement,
    Outcome,
    OutcomeUnreadable,
    read_outcome,
    write_outcome,
)
from exchange.platforms import LocalPlatform
from exchange.scrapes import scrape
from targets.verdict import Verdict, worst
from verify.alerts import read_alerts
from verify.calibrating import calibrate
from verify.checks import CHECKS
from verify.children import Ended, run_child
from verify.cluster_results import keep, results_of_cluster
from verify.evidence import Evidence
from verify.interrupts import Interrupts
from verify.progress import Progress
from verify.single_instance import one_instance
from verify.stage import PlatformNotReady
from verify.steps import Step

_EXPLAINED_CODES = {0, 1, 4}


class Session:
    """Run the steps of `evidence` in order and write each outcome to `folder`."""

    def __init__(
        self,
        evidence: Evidence,
        *,
        folder: Path,
        interrupts: Interrupts,
        progress: Progress,
    ) -> None:
        self._evidence = evidence
        self._folder = folder
        self._interrupts = interrupts
        self._progress = progress

    def run(self) -> None:
        """Run every step once; stop the platform at the end if it was started here.

        Raises KeyboardInterrupt, after everything is stopped.
        """
        try:
            with self._progress.shown():
                stood = self._raise_up()
                self._calibrate()
                for step in self._evidence.steps:
                    self._perform(step, stood=stood)
        finally:
            if not self._evidence.keep_running:
                with self._interrupts.ignored():
                    self._evidence.stage.take_down()

    def _raise_up(self) -> str | None:
        """Start the platform if a step needs it; return why it failed, or None."""
        stage = self._evidence.stage
        if not any(step.needs_platform for step in self._evidence.steps):
            return None
        first = self._evidence.steps[0]
        if first.source == "check:start":
            self._progress.begin(first)
        try:
            stage.raise_up()
            self._evidence.published = stage.read_published()
        except PlatformNotReady as reason:
            return str(reason)
        return None

    def _calibrate(self) -> None:
        published = self._evidence.published
        local = published if isinstance(published, LocalPlatform) else None
        self._evidence.calibration = calibrate(local.database if local else None)

    def _perform(self, step: Step, *, stood: str | None) -> None:
        if step.source != "check:start":
            self._progress.begin(step)
        began = _now()
        if stood is not None and step.needs_platform:
            outcome = _invalid(step, began, f"the platform does not stand: {stood}")
        elif step.command:
            outcome = self._start(step, began)
        else:
            outcome = self._check(step, began)
        write_outcome(outcome, self._folder / step.file)
        if stood is None:
            keep(outcome, results_of_cluster())
        self._evidence.outcomes[step.source] = outcome
        self._progress.end(step, outcome)

    def _check(self, step: Step, began: str) -> Outcome:
        try:
            found = CHECKS[step.name](self._evidence)
        except Exception as crash:  # noqa: BLE001 a crashed check is invalid, not the end
            return _invalid(step, began, f"{type(crash).__name__}: {crash}")
        return _wrap(step, began, found)

    def _start(self, step: Step, began: str) -> Outcome:
        if step.kind == "load" and self._evidence.load_began is None:
            self._note_counters()
        if not step.alone:
            return self._run(step, began)
        try:
            with one_instance(self._evidence.stage) as metrics:
                return self._run(step, began, "--metrics", metrics)
        except PlatformNotReady as stubborn:
            return _invalid(step, began, str(stubborn))

    def _run(self, step: Step, began: str, *options: str) -> Outcome:
        since = time.time()
        file = self._folder / step.file
        file.unlink(missing_ok=True)
        ended = run_child(
            [*step.command, *options, "--out", str(file)],
            log=self._folder / f"{step.kind}-{step.name}.log",
            limit_seconds=step.limit_seconds,
            interrupts=self._interrupts,
        )
        outcome = _read_outcome(step, began, file, ended)
        self._look_around(since)
        return outcome

    def _note_counters(self) -> None:
        self._evidence.load_began = time.monotonic()
        try:
            pages = self._evidence.published.metrics_pages()
            self._evidence.before_load = scrape(pages)
        except (httpx.HTTPError, ValueError):
            return

    def _look_around(self, since: float) -> None:
        evidence = self._evidence
        url = evidence.published.prometheus
        evidence.alerts += read_alerts(url, since=since, until=time.time())
        try:
            evidence.samples.append(evidence.stage.read_status())
        except PlatformNotReady:
            return


def _read_outcome(step: Step, began: str, file: Path, ended: Ended) -> Outcome:
    if ended.code is None:
        return _invalid(step, began, f"it hung and was stopped: {ended.last_words}")
    if ended.code not in _EXPLAINED_CODES:
        return _invalid(step, began, f"it crashed: {ended.last_words}")
    try:
        outcome = read_outcome(file)
    except OutcomeUnreadable as unreadable:
        why = f"{unreadable}; its last words: {ended.last_words}"
        return _invalid(step, began, why)
    if outcome.source != step.source:
        return _invalid(step, began, f"{file.name} is of {outcome.source}")
    return outcome


def _wrap(step: Step, began: str, found: list[Measurement]) -> Outcome:
    return Outcome(
        kind=step.kind,
        name=step.name,
        title=step.title,
        started=began,
        ended=_now(),
        verdict=worst(measurement.verdict for measurement in found),
        measurements=found,
    )


def _invalid(step: Step, began: str, why: str) -> Outcome:
    return Outcome(
        kind=step.kind,
        name=step.name,
        title=step.title,
        started=began,
        ended=_now(),
        verdict=Verdict.INVALID,
        invalid_because=[why],
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
