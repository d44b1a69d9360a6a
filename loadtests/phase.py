"""One measured phase: generator and servers asked about the same requests."""

from collections.abc import Callable

from msgspec import Struct, structs

from exchange.outcomes import Measurement
from loadtests.cast import Cast
from loadtests.generator import generate
from loadtests.machine import Meter, Use
from loadtests.plan import Pace, Plan
from loadtests.tally import Tally
from loadtests.validity import find_flaws
from loadtests.verdicts import count_bad, edges_of, measure, routes_of
from loadtests.whereabouts import Whereabouts
from loadtests.witness import Statement, Witness, contradict, server_percentile
from targets import Targets
from targets.families import Slo
from targets.verdict import judge_share

IDLE_SHARE = 0.5
"""An idle platform uses far less of a machine; above this, others do."""

Say = Callable[[str, Plan | None, dict[str, int]], None]


class Stage(Struct, frozen=True, kw_only=True):
    """What all phases of a run share.

    `busy_before` is the part of this machine that was in use before anything was sent.
    `say` hears the title, the plan and the progress.
    """

    where: Whereabouts
    cast: Cast
    targets: Targets
    seed: int
    processes: int
    busy_before: float
    say: Say

    def plan(self, mix: dict[str, int], pace: Pace) -> Plan:
        """An open phase of this mix at this pace."""
        return Plan(
            host=self.where.host,
            cast=self.cast,
            seed=self.seed,
            mix=mix,
            rate_per_second=pace.rate_per_second,
            warm_up_seconds=pace.warm_up_seconds,
            measured_seconds=pace.seconds,
            processes=self.processes,
        )


class Phase(Struct, frozen=True, kw_only=True):
    """What one phase showed; with `flaws` it shows nothing."""

    title: str
    plan: Plan
    tally: Tally
    slos: dict[str, Slo]
    flaws: list[str]
    before: Statement | None
    after: Statement | None
    use: Use | None

    def judge(self, source: str) -> list[Measurement]:
        """One measurement for each promise of this phase."""
        return [
            measure(
                name,
                slo,
                self.tally,
                source=source,
                valid=not self.flaws,
                beside=self.server_says(slo),
            )
            for name, slo in self.slos.items()
        ]

    @property
    def instance_cores(self) -> float | None:
        """Cores that all instances together used while requests were sent."""
        seconds = self.plan.warm_up_seconds + self.plan.measured_seconds
        if self.before is None or self.after is None or not seconds:
            return None
        return (self.after.cpu_seconds - self.before.cpu_seconds) / seconds

    def broken(self) -> list[str]:
        """The promises that more requests broke than any doubt allows."""
        verdicts = {
            name: judge_share(*count_bad(slo, self.tally), allowed=slo.bad_share)
            for name, slo in self.slos.items()
        }
        return [name for name, verdict in verdicts.items() if verdict == "missed"]

    def server_says(self, slo: Slo) -> str:
        """The servers' own p95 on the same routes, or nothing."""
        if slo.p95 is None or self.before is None or self.after is None:
            return ""
        routes = routes_of(slo, self.tally)
        seconds = server_percentile(self.before, self.after, routes, 0.95)
        return "" if seconds is None else f"servers say p95 {seconds * 1000:.0f} ms"


def run_phase(stage: Stage, title: str, plan: Plan, slos: dict[str, Slo]) -> Phase:
    """Generate the plan's load between two questions to the servers' counters.

    Raises GeneratorBroke, WitnessUnavailable.
    """
    edges = edges_of(slos.values())
    plan = structs.replace(plan, edges_seconds=edges)
    witness = Witness(stage.where, stage.targets)
    before = witness.ask() if stage.where.metrics else None
    meter = Meter()

    def watch(progress: dict[str, int]) -> None:
        meter.look(progress)
        stage.say(title, plan, progress)

    tally = generate(plan, watch)
    flaws = find_flaws(plan, tally, tightest_seconds=min(edges, default=1.0))
    after = None
    if before is None:
        flaws.append("no metrics page was given (--metrics): nobody confirms the count")
    else:
        seen = {*tally.answered, *tally.unanswered}
        after = witness.ask_when_settled(before, seen)
        denial = contradict(
            before, after, answered=tally.answered, unanswered=tally.unanswered
        )
        flaws += [denial] if denial else []
    phase = Phase(
        title=title,
        plan=plan,
        tally=tally,
        slos=slos,
        flaws=flaws,
        before=before,
        after=after,
        use=meter.read(),
    )
    flaws += blame_noise(stage, phase)
    return phase


def blame_noise(stage: Stage, phase: Phase) -> list[str]:
    """Slowness on a machine that others were using proves nothing against us.

    It never helps to meet a promise, so what was met all the same stands.
    """
    slow = [name for name in phase.broken() if phase.slos[name].p95 is not None]
    if not stage.where.is_local or stage.busy_before <= IDLE_SHARE or not slow:
        return []
    taken = f"{stage.busy_before:.0%} of it was taken before the run"
    return [f"{', '.join(slow)} missed while others used this machine: {taken}"]
