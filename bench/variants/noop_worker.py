"""Our worker as it runs in production, with one handler more: it does nothing.

`python -m bench.variants.noop_worker` reads the worker's environment.
"""

from typing import ClassVar

from api.kernel.messages import Message
from workers.jobs.handlers import handles
from workers.main import serve_worker
from workers.program import run_program


class DoNothing(Message, frozen=True):
    """A durable job without an effect of its own."""

    actor: ClassVar[str] = "bench.do_nothing"


@handles(DoNothing)
async def do_nothing(_: DoNothing) -> None:
    """Leave everything as it is: what remains is the price of the path."""


if __name__ == "__main__":
    run_program(serve_worker)
