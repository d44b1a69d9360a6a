"""Publication of a run: scorecard, JUnit file, report and printed result."""

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from exchange.folders import results_folder
from verify.alerts import merge_alerts
from verify.calibrating import describe, weigh_outcomes
from verify.cluster_results import gather, results_of_cluster
from verify.evidence import Evidence
from verify.junit import write_junit
from verify.machine import describe_machine
from verify.printing import print_scorecard
from verify.record import Record, point_latest, write_record
from verify.report import write_report
from verify.scorecard import build

_WHOLE = {"full", "cluster"}
"""Runs that include earlier results from a cluster."""


def publish(evidence: Evidence, folder: Path, console: Console, *, strict: bool) -> int:
    """Write scorecard.json, junit.xml and report.html, print, and return the exit code.

    `latest` is pointed at the folder only if it lies in the results folder.
    """
    outcomes = evidence.outcomes
    if evidence.mode in _WHOLE:
        outcomes = gather(results_of_cluster(), datetime.now(UTC)) | outcomes
    measured = evidence.calibration
    ratio = None if measured is None else measured.ratio(evidence.targets.reference)
    said = "" if measured is None else describe(measured, evidence.targets.reference)
    outcomes = weigh_outcomes(outcomes, evidence.targets, ratio)
    scorecard = build(evidence.targets, evidence.steps, outcomes)
    record = Record(
        mode=evidence.mode,
        started=evidence.started.isoformat(timespec="seconds"),
        seconds=round(evidence.elapsed_seconds, 1),
        machine=describe_machine(evidence.published)
        | {"load_before": round(evidence.load_before, 1)}
        | ({"calibration": said} if said else {}),
        calibration=measured,
        ratio=ratio,
        exit_code=scorecard.exit_code(strict=strict),
        scorecard=scorecard,
    )
    report = folder / "report.html"
    write_record(record, folder)
    write_junit(scorecard, outcomes, folder / "junit.xml", calibration=said)
    write_report(
        record,
        evidence.targets,
        outcomes,
        report,
        alerts=merge_alerts(evidence.alerts),
    )
    if folder.parent == results_folder():
        point_latest(folder)
    print_scorecard(console, scorecard, report)
    if said:
        console.print(Text(f"Calibration: {said}"), soft_wrap=True)
    return record.exit_code
