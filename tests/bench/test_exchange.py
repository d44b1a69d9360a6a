import asyncio

import pytest

from bench.closed import load
from bench.exchange import RunAborted, ask, compose

HOST = "127.0.0.1"
NOT_MODIFIED = range(304, 305)


def request_to(port):
    return compose("GET", "/", token="", port=port)


async def test_every_answer_of_the_time_is_counted(serving, wire):
    async with serving(lambda _: wire(200)) as (port, seen):
        request = request_to(port)
        sample = await load(HOST, port, lambda: request, connections=4, seconds=0.2)

    assert sample.answers == len(seen) == len(sample.latencies) > 4
    assert sample.seconds >= 0.2


@pytest.mark.parametrize("status", [304, 400, 500, 503])
async def test_any_answer_but_success_ends_the_comparison(serving, wire, status):
    async with serving(lambda _: wire(status, b"" if status == 304 else b"why")) as (
        port,
        _,
    ):
        request = request_to(port)
        with pytest.raises(RunAborted, match=str(status)):
            await load(HOST, port, lambda: request, connections=2, seconds=5)


async def test_one_wrong_answer_among_many_is_enough(serving, wire):
    def answer(seen):
        return wire(400, b"why") if seen == 20 else wire(200)

    async with serving(answer) as (port, _):
        request = request_to(port)
        with pytest.raises(RunAborted, match=r"400.*why"):
            await load(HOST, port, lambda: request, connections=2, seconds=30)


async def test_not_modified_is_an_answer_where_it_is_expected(serving, wire):
    async with serving(lambda _: wire(304, b"")) as (port, seen):
        request = request_to(port)
        sample = await load(
            HOST,
            port,
            lambda: request,
            connections=1,
            seconds=0.1,
            wanted=NOT_MODIFIED,
        )

    assert sample.answers == len(seen) > 0


async def test_a_server_that_hangs_up_ends_the_comparison(serving):
    async with serving(lambda _: None) as (port, _):
        request = request_to(port)
        with pytest.raises(RunAborted, match="closed"):
            await load(HOST, port, lambda: request, connections=1, seconds=5)


async def test_a_closed_port_ends_the_comparison(serving, wire):
    async with serving(lambda _: wire(200)) as (port, _):
        pass
    with pytest.raises(RunAborted, match="nobody answers"):
        await ask(HOST, port, request_to(port))


async def test_an_answer_of_unknown_length_is_refused(serving):
    async with serving(lambda _: b"HTTP/1.1 200 OK\r\n\r\n{}") as (port, _):
        with pytest.raises(RunAborted, match="Content-Length"):
            await ask(HOST, port, request_to(port))


async def test_an_answer_in_pieces_is_read_whole(serving, wire):
    whole = wire(200, b"x" * 200_000)

    async with serving(lambda _: whole) as (port, _):
        answer = await asyncio.wait_for(ask(HOST, port, request_to(port)), 30)

    assert answer.body == b"x" * 200_000


def test_a_request_names_its_length_and_its_key():
    request = compose("POST", "/events", token="hf_key", body=b"{}", port=1)

    assert request.endswith(b"content-length: 2\r\n\r\n{}")
    assert b"authorization: Bearer hf_key\r\n" in request
