"""Equal work: every subject must give the same answers."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from bench.api.cases import CASES, Case
from bench.exchange import RunAborted, ask, require
from bench.subjects import OURS, Stage, Subject

HOST = "127.0.0.1"
_READS = frozenset({"list", "list-cached", "one"})
_TIMES = ("occurred_at", "received_at")


async def compare_bodies(stage: Stage) -> None:
    """Compare one answer per subject and case; raises RunAborted where they differ.

    Documents that are read must be equal, key by key. Ids of written events differ, so
    for writes only the shape and the result must be equal.
    """
    for case in CASES.values():
        told = {
            one.name: await hear(case, one, stage)
            for one in stage.subjects
            if one.name in case.subjects
        }
        for name, document in told.items():
            if document != told[OURS]:
                raise RunAborted(
                    f"{case.name}: {name} and {OURS} answer with different bodies"
                )


async def hear(case: Case, subject: Subject, stage: Stage) -> Any:  # noqa: ANN401 - JSON
    """Return the canonical answer of one subject; raises RunAborted."""
    request = case.make(stage.cast, subject.port)()
    answer = await ask(HOST, subject.port, request)
    try:
        require(answer, case.wanted)
    except RunAborted as wrong:
        raise RunAborted(f"{case.name}, {subject.name}: {wrong}") from wrong
    if not answer.body:
        return answer.status
    document = msgspec.json.decode(answer.body)
    if case.name in _READS:
        return read_canonically(document)
    return answer.status, outline(document)


def read_canonically(document: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the document with times in one format and without the cursor."""
    if isinstance(document, list):
        return [read_canonically(one) for one in document]
    if not isinstance(document, dict):
        return document
    plain = {name: read_canonically(value) for name, value in document.items()}
    for name in _TIMES:
        if name in plain:
            plain[name] = datetime.fromisoformat(plain[name]).astimezone(UTC)
    if "next_cursor" in plain:
        plain["next_cursor"] = plain["next_cursor"] is not None
    return plain


def outline(document: Any) -> Any:  # noqa: ANN401 - JSON
    """Return names and types of the values; counts and results as they are."""
    if isinstance(document, list):
        return [outline(one) for one in document]
    if isinstance(document, dict):
        return {
            name: value if name in _FATES else outline(value)
            for name, value in document.items()
        }
    return type(document).__name__


_FATES = ("status", "accepted", "duplicate", "rejected", "index")
