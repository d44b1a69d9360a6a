"""One measured phase: the generator's statistics beside the servers' counters."""

from collections.abc import Callable

from msgspec import Struct, structs

from exchange.outcomes import Measurement
from loadtests.addresses import Addresses
from loadtests.dataset import Dataset
from loadtests.generator import generate
from loadtests.machine import CpuMeter, CpuUse
from loadtests.plan import Pace, Plan
from loadtests.server_counters import (
    CounterReader,
    Counters,
    find_mismatch,
    server_percentile,
)
from loadtests.stats import Stats
from loadtests.validity import find_flaws
from loadtests.verdicts import count_bad, edges_of, measure, routes_of
from targets import Targets
from targets.families import Slo
from targets.verdict import judge_share

IDLE_SHARE = 0.5
"""An idle platform uses far less of a machine; above this share, others use it."""

Notify = Callable[[str, Plan | None, dict[str, int]], None]


class RunContext(Struct, frozen=True, kw_only=True):
    """The data that all phases of a run share.

    `busy_before` is the share of this machine in use before the first request.
    `notify` receives the title, the plan and the progress.
    """

    addresses: Addresses
    dataset: Dataset
    targets: Targets
    seed: int
    processes: int
    busy_before: float
    notify: Notify

    def plan(self, mix: dict[str, int], pace: Pace) -> Plan:
        """Return the plan of an open phase of this mix at this pace."""
        return Plan(
            host=self.addresses.host,
            dataset=self.dataset,
            seed=self.seed,
            mix=mix,
            rate_per_second=pace.rate_per_second,
            warm_up_seconds=pace.warm_up_seconds,
            measured_seconds=pace.seconds,
            processes=self.processes,
        )


class Phase(Struct, frozen=True, kw_only=True):
    """The results of one phase; with `flaws` they prove nothing."""

    title: str
    plan: Plan
    stats: Stats
    slos: dict[str, Slo]
    flaws: list[str]
    before: Counters | None
    after: Counters | None
    use: CpuUse | None

    def judge(self, source: str) -> list[Measurement]:
        """Return one measurement for each objective of this phase."""
        return [
            measure(
                name,
                slo,
                self.stats,
                source=source,
                valid=not self.flaws,
                beside=self.server_says(slo),
            )
            for name, slo in self.slos.items()
        ]

    @property
    def instance_cores(self) -> float | None:
        """Return the average cores in use by all instances while requests were sent."""
        seconds = self.plan.warm_up_seconds + self.plan.measured_seconds
        if self.before is None or self.after is None or not seconds:
            return None
        return (self.after.cpu_seconds - self.before.cpu_seconds) / seconds

    def broken(self) -> list[str]:
        """Return the objectives that were certainly missed."""
        verdicts = {
            name: judge_share(*count_bad(slo, self.stats), allowed=slo.bad_share)
            for name, slo in self.slos.items()
        }
        return [name for name, verdict in verdicts.items() if verdict == "missed"]

    def server_says(self, slo: Slo) -> str:
        """Return the servers' own p95 on the same routes, or an empty text."""
        if slo.p95 is None or self.before is None or self.after is None:
            return ""
        routes = routes_of(slo, self.stats)
        seconds = server_percentile(self.before, self.after, routes, 0.95)
        return "" if seconds is None else f"servers say p95 {seconds * 1000:.0f} ms"


def run_phase(
    context: RunContext, title: str, plan: Plan, slos: dict[str, Slo]
) -> Phase:
    """Generate the plan's load between two readings of the servers' counters.

    Raises GeneratorBroke, MetricsUnavailable.
    """
    edges = edges_of(slos.values())
    plan = structs.replace(plan, edges_seconds=edges)
    reader = CounterReader(context.addresses, context.targets)
    before = reader.read() if context.addresses.metrics else None
    meter = CpuMeter()

    def watch(progress: dict[str, int]) -> None:
        meter.look(progress)
        context.notify(title, plan, progress)

    stats = generate(plan, watch)
    flaws = find_flaws(plan, stats, tightest_seconds=min(edges, default=1.0))
    after = None
    if before is None:
        flaws.append("no metrics page was given (--metrics): the count is unconfirmed")
    else:
        seen = {*stats.answered, *stats.unanswered}
        after = reader.read_when_settled(before, seen)
        denial = find_mismatch(
            before, after, answered=stats.answered, unanswered=stats.unanswered
        )
        flaws += [denial] if denial else []
    phase = Phase(
        title=title,
        plan=plan,
        stats=stats,
        slos=slos,
        flaws=flaws,
        before=before,
        after=after,
        use=meter.read(),
    )
    flaws += blame_noise(context, phase)
    return phase


def blame_noise(context: RunContext, phase: Phase) -> list[str]:
    """Return why a missed latency is invalid on a machine that others were using.

    Noise never helps to meet a target, so met targets stay met.
    """
    slow = [name for name in phase.broken() if phase.slos[name].p95 is not None]
    if not context.addresses.is_local or context.busy_before <= IDLE_SHARE or not slow:
        return []
    taken = f"{context.busy_before:.0%} of it was taken before the run"
    return [f"{', '.join(slow)} missed while others used this machine: {taken}"]
