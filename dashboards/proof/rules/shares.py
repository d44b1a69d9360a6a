"""Cases for shares of bad events: too many, too few to page, no good event.

After clean traffic a share `bad` fills a window of `long` up to the line in
long x line / bad; then the alert waits for its `for`. A step is a fixed part of the
long window, so the prediction is as sharp for three days as for five minutes.
"""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil, floor
from typing import Final

from dashboards.naming import BAD, TOTAL
from dashboards.proof.rules.cases import Case, Expectation
from dashboards.proof.rules.traffic import BROKEN, Phase, event_series
from dashboards.rules.model import Alert, Share
from targets import Targets
from targets.units import Duration

STEPS: Final = 36
"""Steps of the long window where a short one confirms it; a multiple of twelve."""
STEPS_ALONE: Final = 20
AFTER: Final = 4
FILLED: Final = Decimal("0.47")
"""How far a window has filled with bad events when the share crosses the line: so
that a line moved either way is crossed, or left, at another step."""
MANY, FEW = Decimal("1.25"), Decimal("0.8")
"""Events in the long window, as a multiple of those that a page needs."""


def share_cases(
    targets: Targets, alert: Alert, share: Share, *, left_open: bool
) -> Iterator[Case]:
    """Yield every case of one alert; the first is the predicted boundary.

    From Prometheus 3 on a window is `left_open`: the sample at its beginning is not
    in it, so that it holds one step less.
    """
    plan = _Plan(targets, alert, share, left_open=left_open)
    usual, other = (FEW, MANY) if share.events == "few" else (MANY, FEW)
    yield plan.crossing(usual)
    if share.events != "any":
        yield plan.silence(other, recently=usual)
    breaks = targets.slo[share.slo].signal in BROKEN
    if breaks and share.slower is None and share.events != "few":
        yield plan.nothing_good(usual)


class _Plan:
    """The predicted steps of one alert."""

    def __init__(
        self, targets: Targets, alert: Alert, share: Share, *, left_open: bool
    ) -> None:
        self.targets = targets
        self.alert = alert
        self.share = share
        self.steps = STEPS_ALONE if share.long == share.short else STEPS
        self.step = share.long.exact / self.steps
        held = self.steps - left_open
        self.bad = min(share.line / FILLED, Decimal(1))
        self.for_steps = ceil(Duration.parse(alert.for_).exact / self.step)
        self.normal = self.steps + AFTER
        crosses = floor(share.line / self.bad * held) + 1
        self.fires = self.normal + crosses + self.for_steps
        short = share.short.exact / self.step - left_open
        self.clears = ceil(short * (1 - share.line / self.bad))

    def crossing(self, events: Decimal) -> Case:
        """Return a case: silent until the predicted step, firing, then repaired."""
        ends = max(self.fires, self.normal + self.steps) + AFTER
        repaired = ends + self.clears
        number = self._number(events)
        course = [
            Phase(self.normal, number),
            Phase(ends - self.normal, number, self.bad),
            Phase(self.clears + AFTER, number),
        ]
        expectations = [
            self._expect(self.normal),
            self._expect(self.fires - 1),
            self._expect(self.fires, firing=True),
            self._expect(repaired - 1, firing=True),
            self._expect(repaired),
        ]
        return self._case("over the line, then mended", course, expectations)

    def silence(self, events: Decimal, *, recently: Decimal) -> Case:
        """Return a case whose number of events belongs to the other alert of the tier.

        Lately there were as many as this alert wants, but the long window counts.
        """
        last = int(self.share.short.exact / self.step) + self.for_steps
        before = (events * self.steps - recently * last) / (self.steps - last)
        ends = self.fires + AFTER
        course = [
            Phase(self.normal, self._number(before)),
            Phase(ends - self.normal - last, self._number(before), self.bad),
            Phase(last, self._number(recently), self.bad),
        ]
        return self._case("not with so many events", course, [self._expect(ends)])

    def nothing_good(self, events: Decimal) -> Case:
        """Return a case of an outage from the start: no good event has a series."""
        steps = self.steps + self.for_steps + AFTER
        phases = [Phase(steps, self._number(events), Decimal(1))]
        series = event_series(
            self.targets, self.targets.slo[self.share.slo], phases, nothing_good=True
        )
        return Case(
            title="nothing good was ever seen",
            step_seconds=float(self.step),
            series=series,
            expectations=(self._expect(steps, firing=True),),
        )

    def _number(self, multiple: Decimal) -> Decimal:
        return multiple * self.targets.budget.min_events / self.steps

    def _expect(self, step: int, *, firing: bool = False) -> Expectation:
        labels = self.share.labels | self.alert.labels
        return Expectation(float(step * self.step), (labels,) if firing else ())

    def _case(
        self, title: str, course: list[Phase], expectations: list[Expectation]
    ) -> Case:
        series = event_series(
            self.targets,
            self.targets.slo[self.share.slo],
            course,
            slower=self.share.slower,
        )
        unrelated = self._unrelated(sum(phase.steps for phase in course))
        return Case(
            title=title,
            step_seconds=float(self.step),
            series=series | unrelated,
            expectations=tuple(expectations),
        )

    def _unrelated(self, steps: int) -> dict[str, str]:
        """Return records of another SLO and of other windows, all bad."""
        slo, long = self.share.slo, self.share.long.text
        return {
            f'{BAD}{{slo="stranger",window="{long}"}}': f"1+0x{steps}",
            f'{BAD}{{slo="{slo}",window="strange"}}': f"1+0x{steps}",
            f'{TOTAL}{{slo="{slo}",window="idle"}}': f"0+0x{steps}",
            f'{TOTAL}{{slo="{slo}",window="busy"}}': f"1000000+0x{steps}",
        }
