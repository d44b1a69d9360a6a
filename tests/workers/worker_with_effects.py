"""A worker process with the handlers of the tests."""

from tests.workers.effects import HANDLERS
from workers.jobs.handlers import handles
from workers.main import serve_worker
from workers.program import run_program

for one in HANDLERS.values():
    handles(
        one.message,
        max_attempts=one.max_attempts,
        time_limit_seconds=one.time_limit_seconds,
    )(one.run)

if __name__ == "__main__":
    run_program(serve_worker)
