"""A small comparison: real Postgres, our API, both peers."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import msgspec
import psutil
import pytest

from bench.api.bodies import compare_bodies
from bench.api.rounds import Shape, run_rounds
from bench.api.summary import summarise
from bench.environment import prepare
from bench.exchange import RunAborted
from bench.services import serve
from bench.subjects import CEILING, OURS, PEER, stand_up

SHORT = Shape(rounds=1, seconds=0.1, warm_up_seconds=0.02)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    peers = prepare(lambda _: None)
    with ExitStack() as stack:
        services = stack.enter_context(serve(folder))
        yield stack.enter_context(stand_up(services, folder, peers))


def with_other(stage, name, **changes):
    """Return the stage with one subject changed."""
    subjects = [
        msgspec.structs.replace(one, **changes) if one.name == name else one
        for one in stage.subjects
    ]
    return msgspec.structs.replace(stage, subjects=subjects)


async def test_all_subjects_do_the_same_work(stage):
    await compare_bodies(stage)


async def test_every_subject_is_in_every_round(stage):
    turns = await run_rounds(stage, SHORT, lambda _: None)
    rows = summarise(turns)

    assert {(row.case, row.subject) for row in rows} >= {
        (case, name) for case in ("list", "one") for name in (OURS, PEER, CEILING)
    }
    assert all(row.per_second > 0 for row in rows)


@pytest.mark.parametrize("peer", [PEER, CEILING])
async def test_a_peer_with_another_body_ends_the_comparison(stage, serving, wire, peer):
    async with serving(lambda _: wire(200, b'{"data":[],"next_cursor":null}')) as (
        port,
        _,
    ):
        with pytest.raises(RunAborted, match=f"{peer} .*different bodies"):
            await compare_bodies(with_other(stage, peer, port=port))


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_a_peer_that_refuses_ends_the_comparison(stage, serving, wire, status):
    async with serving(lambda _: wire(status, b"no")) as (port, _):
        refusing = with_other(stage, PEER, port=port)
        with pytest.raises(RunAborted, match=f"{PEER}.*{status}"):
            await compare_bodies(refusing)
        with pytest.raises(RunAborted, match=f"{PEER}.*{status}"):
            await run_rounds(refusing, SHORT, lambda _: None)


async def test_a_peer_that_dies_in_a_round_ends_the_comparison(stage, serving, wire):
    """The peer answers for a while, then closes every connection."""
    async with serving(lambda seen: wire(200) if seen < 50 else None) as (port, _):
        dying = with_other(stage, CEILING, port=port)
        with pytest.raises(RunAborted, match=CEILING):
            await run_rounds(dying, SHORT, lambda _: None)


def test_an_interrupted_run_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-m", "bench", "run", "api", "--quick"]
    with subprocess.Popen(
        command,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        started = asyncio.run(wait_for_children(process.pid, many=6))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130

    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    assert list(tmp_path.iterdir()) == []


async def wait_for_children(pid, *, many):
    """Poll until the programs of a run have started."""
    async with asyncio.timeout(90):
        while True:
            found = psutil.Process(pid).children(recursive=True)
            if len(found) >= many:
                return found
            await asyncio.sleep(0.1)
