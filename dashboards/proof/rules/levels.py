"""Cases for gauges: normal, at the line, beyond it, absent, and repaired."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from dashboards.proof.rules.cases import Case, Expectation
from dashboards.proof.rules.series import gauge, ramp
from dashboards.rules.model import Alert, Level
from dashboards.rules.recording import OFTEN_SECONDS
from targets.units import Duration

REST: Final = 4
"""Steps before the fault."""
AFTER: Final = 4


def level_cases(alert: Alert, level: Level) -> Iterator[Case]:
    """Yield the cases of one gauge; the first is the predicted boundary."""
    for_steps = round(Duration.parse(alert.for_).seconds / OFTEN_SECONDS)
    yield _crossing(alert, level, for_steps)
    if level.line is not None:
        yield _at_the_line(level, for_steps)
    if level.failed is None:
        yield _never_there(alert, level, for_steps)


def _crossing(alert: Alert, level: Level, for_steps: int) -> Case:
    crossed = steps_to_cross(level)
    fires = REST + crossed + for_steps
    ends = fires + AFTER
    return _case(
        "beyond the line, then mended",
        level,
        _course(level, ends),
        [
            _expect(REST),
            _expect(fires - 1),
            _expect(fires, alert, level),
            _expect(ends, alert, level),
            _expect(ends + 1),
        ],
    )


def steps_to_cross(level: Level) -> int:
    """Return the steps from the fault until the gauge is beyond the line."""
    if not level.is_age or level.line is None:
        return 1
    return int(level.line / OFTEN_SECONDS) + 1


def _course(level: Level, ends: int) -> str:
    repaired: list[tuple[Decimal | None, int]] = [(level.normal, AFTER)]
    if level.is_age:
        grown = ramp(level.normal, REST + 1, Decimal(OFTEN_SECONDS), ends - REST)
        return f"{grown} {gauge(repaired)}"
    return gauge([(level.normal, REST + 1), (level.failed, ends - REST), *repaired])


def _at_the_line(level: Level, for_steps: int) -> Case:
    steps = for_steps + AFTER
    values = gauge([(level.normal, REST + 1), (level.line, steps)])
    expectations = [_expect(REST + for_steps + AFTER)]
    return _case("exactly at the line", level, values, expectations)


def _never_there(alert: Alert, level: Level, for_steps: int) -> Case:
    expectations = [_expect(for_steps - 1), _expect(for_steps, alert, level)]
    return _case("never there", level, f"_x{for_steps + AFTER}", expectations)


def _case(
    title: str, level: Level, values: str, expectations: list[Expectation]
) -> Case:
    last = round(
        max(expectation.at_seconds for expectation in expectations) / OFTEN_SECONDS
    )
    unchanged = {
        series: gauge([(value, last + 2)]) for series, value in level.unchanged.items()
    }
    return Case(
        title=title,
        step_seconds=OFTEN_SECONDS,
        series={level.series: values} | unchanged,
        expectations=tuple(expectations),
    )


def _expect(
    step: int, alert: Alert | None = None, level: Level | None = None
) -> Expectation:
    if alert is None or level is None:
        return Expectation(step * OFTEN_SECONDS)
    return Expectation(step * OFTEN_SECONDS, (level.labels | alert.labels,))
