"""The scorecard as JUnit XML, for tools that show test results."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from exchange.outcomes import Outcome
from targets.verdict import Verdict
from verify.scorecard import Line, Scorecard

_TAGS = {
    Verdict.MISSED: "failure",
    Verdict.INVALID: "error",
    Verdict.NOT_DECIDED: "skipped",
    Verdict.NOT_MEASURED: "skipped",
}


def write_junit(
    scorecard: Scorecard,
    outcomes: Mapping[str, Outcome],
    path: Path,
    *,
    calibration: str = "",
) -> None:
    """Write one suite per family, one test case per target, and a suite of the runs."""
    root = Element("testsuites", name="holdfast")
    for family, lines in groupby(scorecard.lines, key=attrgetter("family")):
        _add_suite(root, family, [_write_line(line) for line in lines])
    runs = [_write_run(source, outcome) for source, outcome in outcomes.items()]
    runs += [
        _write_case("run", problem, Verdict.INVALID, problem, "")
        for problem in (scorecard.problems)
    ]
    if calibration:
        runs.append(_write_case("run", "calibration", Verdict.MET, "", calibration))
    _add_suite(root, "runs", runs)
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _add_suite(root: Element, name: str, cases: Iterable[Element]) -> None:
    suite = SubElement(root, "testsuite", name=name)
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for attribute, tag in (
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def _write_line(line: Line) -> Element:
    detail = f"{line.detail}; {line.awaits}" if line.awaits else line.detail
    said = f"{line.title}: promised {line.promised}, measured {line.measured}"
    return _write_case(line.family, line.target, line.verdict, detail, said)


def _write_run(source: str, outcome: Outcome) -> Element:
    detail = "; ".join(outcome.invalid_because) or outcome.title
    return _write_case("run", source, outcome.verdict, detail, outcome.title)


def _write_case(
    family: str, name: str, verdict: Verdict, detail: str, said: str
) -> Element:
    case = Element("testcase", classname=f"holdfast.{family}", name=name)
    if verdict in _TAGS:
        SubElement(case, _TAGS[verdict], message=detail)
    if said:
        SubElement(case, "system-out").text = f"{said}\n{detail}"
    return case
