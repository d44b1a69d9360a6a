"""Our worker as in production, with an additional handler that does nothing.

`python -m bench.variants.noop_worker` reads the worker's environment.
"""

from typing import ClassVar

from api.kernel.messages import Message
from workers.jobs.handlers import handles
from workers.main import serve_worker
from workers.program import run_program


class DoNothing(Message, frozen=True):
    """A durable job without an effect."""

    actor: ClassVar[str] = "bench.do_nothing"


@handles(DoNothing)
async def do_nothing(_: DoNothing) -> None:
    """Do nothing, so that only the cost of the path remains."""


if __name__ == "__main__":
    run_program(serve_worker)
