import pytest

from exchange.outcomes import (
    Measurement,
    Moment,
    Outcome,
    OutcomeUnreadable,
    Point,
    read_outcome,
    write_outcome,
)
from targets.verdict import Verdict

OUTCOME = Outcome(
    kind="chaos",
    name="database-process-killed",
    title="Postgres is killed",
    started="2026-11-20T12:00:00Z",
    ended="2026-11-20T12:00:40Z",
    verdict=Verdict.MET,
    measurements=[
        Measurement(
            target="recovery.database-process-killed",
            value=3.2,
            unit="s",
            verdict=Verdict.MET,
            detail="longest gap between acknowledged writes",
        )
    ],
    facts={"seed": 7, "ledger": {"acknowledged": 1000, "lost": 0}},
    series=[Point(at=1.0, ok=50, failed=0, p50=0.01, p95=0.02)],
    timeline=[Moment(at=1.0, what="SIGKILL to postgres", kind="fault")],
)


def test_what_is_written_is_what_is_read(tmp_path):
    path = tmp_path / "run" / "chaos-database-process-killed.json"

    write_outcome(OUTCOME, path)

    assert read_outcome(path) == OUTCOME
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    assert OUTCOME.source == "chaos:database-process-killed"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", "not an outcome"),
        ("{}", "missing required field"),
        ('{"schema": 2}', r"\$.schema"),
        ('{"kind": "chaos", "verdict": "green"}', r"\$.verdict"),
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path, body, complaint):
    path = tmp_path / "load-steady.json"
    path.write_text(body)

    with pytest.raises(OutcomeUnreadable, match=complaint) as refused:
        read_outcome(path)

    assert str(refused.value).startswith("load-steady.json")
    assert "\n" not in str(refused.value)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(OutcomeUnreadable, match=r"load-steady.json was not written"):
        read_outcome(tmp_path / "load-steady.json")
