"""The locustfile of our own runner: reads a Plan from stdin, prints JSON lines.

Started by `python -m loadtests run …`, never by hand. A line is `{"progress": …}` about
once a second and, as the last one, `{"stats": …}`. No last line means no result.
"""

import sys
from functools import partial
from typing import Any

import gevent
import msgspec
from locust import events
from locust.env import Environment
from locust.runners import Runner, WorkerRunner

from loadtests import arrivals, closed_model, smoke_run
from loadtests.personas import enlist
from loadtests.plan import Plan
from loadtests.recorder import Recorder
from loadtests.sampling import RNG
from loadtests.stats import Stats

PLAN = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
RECORDER = Recorder(PLAN)
MERGED = Stats()
_FINISHED: list[str] = []


MODELS = {
    "open": arrivals.Arrivals,
    "closed": closed_model.ClosedModelUsers,
    "smoke": smoke_run.SmokeRun,
}
HOOKS: Any = events  # Locust's hooks carry no types

Generator = type(
    "Generator",
    (MODELS[PLAN.model],),
    {
        "abstract": False,
        "fixed_count": PLAN.processes,
        "plan": PLAN,
        "recorder": RECORDER,
    },
)


def prepare_process(environment: Environment, **_rest: object) -> None:
    """Give this process its own random seed and its own part of the test data."""
    index = getattr(environment.runner, "worker_index", 0)
    RNG.seed(f"{PLAN.seed}/{index}")
    enlist(PLAN.dataset.share(index=index, of=PLAN.processes))


def prepare_runner(environment: Environment, **_rest: object) -> None:
    """Listen for defects of the load test; in the lead process also collect results."""
    if environment.runner is None:
        return
    HOOKS.user_error.add_listener(partial(give_up, environment.runner))
    if isinstance(environment.runner, WorkerRunner):
        return
    environment.runner.register_message(arrivals.FINISHED, gather)
    gevent.spawn(report_progress, environment.runner)


def give_up(runner: Runner, *, exception: Exception, **_rest: object) -> None:
    """Report why the generator cannot continue, instead of retrying forever."""
    runner.send_message(arrivals.FINISHED, {"broke": repr(exception)})


def gather(environment: Environment, msg: Any, **_rest: object) -> None:  # noqa: ANN401 - Locust's Message
    """Merge the final statistics of a process; after the last one, print and quit."""
    if broke := msg.data.get("broke"):
        print_line({"broke": broke})
    else:
        MERGED.merge(msg.data)
        _FINISHED.append(str(msg.node_id))
        if len(_FINISHED) < PLAN.processes:
            return
        print_line({"stats": MERGED.dump()})
    environment.process_exit_code = 0
    if environment.runner is not None:
        gevent.spawn(environment.runner.quit)


def report_progress(runner: Runner) -> None:
    """Print the progress about once a second; quit if stdout is closed."""
    while True:
        gevent.sleep(1)
        live = (MERGED, RECORDER.stats)
        progress = {
            "answered": sum(one.answered.total() for one in live),
            "failed": sum(one.reasons.total() for one in live),
            "dropped": sum(one.dropped for one in live),
        }
        try:
            print_line({"progress": progress})
        except OSError:
            runner.quit()
            return


def print_line(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.flush()


def hand_over(data: dict[str, Any], **_rest: object) -> None:
    """In a worker process, send the statistics since the last report."""
    data["recorded"] = RECORDER.drain()


def take_over(data: dict[str, Any], **_rest: object) -> None:
    """In the lead process, merge the statistics of a worker."""
    MERGED.merge(data["recorded"])


HOOKS.request.add_listener(RECORDER.record)
HOOKS.test_start.add_listener(prepare_process)
HOOKS.init.add_listener(prepare_runner)
HOOKS.report_to_master.add_listener(hand_over)
HOOKS.worker_report.add_listener(take_over)
