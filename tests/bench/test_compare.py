"""The comparison itself, small: real Postgres, our API, the bare peer."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from bench.exchange import RunAborted
from bench.rounds import compare_bodies
from bench.services import serve
from bench.subjects import stand_up


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    with serve(folder) as services, stand_up(services, folder) as standing:
        yield standing


async def test_both_do_the_same_work(subjects):
    await compare_bodies(subjects)


async def test_a_subject_that_answers_otherwise_may_not_take_part(subjects):
    bare, ours = subjects
    shorter = type(bare)(
        **{field: getattr(ours, field) for field in ours.__struct_fields__}
        | {"list_path": "/api/v1/events?limit=49"}
    )

    with pytest.raises(RunAborted, match="different bodies"):
        await compare_bodies([bare, shorter])


async def test_a_subject_that_refuses_ends_the_comparison(subjects):
    bare, _ = subjects
    stranger = type(bare)(
        **{field: getattr(bare, field) for field in bare.__struct_fields__}
        | {"token": "nobody"}
    )

    with pytest.raises(RunAborted, match="401"):
        await compare_bodies([stranger])


def test_the_command_writes_what_it_measured_and_leaves_nothing_behind(tmp_path):
    out = tmp_path / "bench.json"
    command = [sys.executable, "-m", "bench", "--rounds", "1", "--seconds", "0.5"]
    with subprocess.Popen(
        [*command, "--out", str(out)],
        env=os.environ | {"HOLDFAST_STATE": str(tmp_path)},
        stdout=subprocess.DEVNULL,
    ) as process:
        started = []
        while process.poll() is None:
            started += psutil.Process(process.pid).children(recursive=True)
            psutil.wait_procs([psutil.Process(process.pid)], timeout=0.5)

    rows = json.loads(out.read_text())["summary"]
    assert process.returncode == 0
    assert {(row["case"], row["subject"]) for row in rows} == {
        ("list", "bare"),
        ("list", "holdfast"),
        ("ingest", "bare"),
        ("ingest", "holdfast"),
    }
    assert all(row["per_second"] > 0 for row in rows)
    assert [one for one in started if one.is_running()] == []
