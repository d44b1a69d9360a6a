"""Cases for gauges: at rest, exactly at the line, beyond it, gone, and mended."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from dashboards.proof.rules.cases import Case, Look
from dashboards.proof.rules.series import gauge, ramp
from dashboards.rules.model import Alert
from dashboards.rules.recording import OFTEN_SECONDS
from dashboards.rules.watching import Level
from targets.units import Duration

REST: Final = 4
"""Steps before anything happens."""
AFTER: Final = 4


def level_cases(alert: Alert, level: Level) -> Iterator[Case]:
    """Silent until the predicted step, firing from it, silent when mended."""
    patience = round(Duration.parse(alert.for_).seconds / OFTEN_SECONDS)
    yield _crossing(alert, level, patience)
    if level.line is not None:
        yield _at_the_line(level, patience)
    if level.worse is None:
        yield _never_there(alert, level, patience)


def _crossing(alert: Alert, level: Level, patience: int) -> Case:
    crossed = steps_to_cross(level)
    fires = REST + crossed + patience
    ends = fires + AFTER
    return _case(
        "beyond the line, then mended",
        level,
        _course(level, ends),
        [
            _look(REST),
            _look(fires - 1),
            _look(fires, alert, level),
            _look(ends, alert, level),
            _look(ends + 1),
        ],
    )


def steps_to_cross(level: Level) -> int:
    """Steps from the failure until the gauge is beyond the line."""
    if not level.climbs or level.line is None:
        return 1
    return int(level.line / OFTEN_SECONDS) + 1


def _course(level: Level, ends: int) -> str:
    mended: list[tuple[Decimal | None, int]] = [(level.rest, AFTER)]
    if level.climbs:
        grown = ramp(level.rest, REST + 1, Decimal(OFTEN_SECONDS), ends - REST)
        return f"{grown} {gauge(mended)}"
    return gauge([(level.rest, REST + 1), (level.worse, ends - REST), *mended])


def _at_the_line(level: Level, patience: int) -> Case:
    steps = patience + AFTER
    values = gauge([(level.rest, REST + 1), (level.line, steps)])
    looks = [_look(REST + patience + AFTER)]
    return _case("exactly at the line", level, values, looks)


def _never_there(alert: Alert, level: Level, patience: int) -> Case:
    looks = [_look(patience - 1), _look(patience, alert, level)]
    return _case("never there", level, f"_x{patience + AFTER}", looks)


def _case(title: str, level: Level, values: str, looks: list[Look]) -> Case:
    last = round(max(look.at_seconds for look in looks) / OFTEN_SECONDS)
    beside = {
        series: gauge([(value, last + 2)]) for series, value in level.beside.items()
    }
    return Case(
        title=title,
        step_seconds=OFTEN_SECONDS,
        series={level.series: values} | beside,
        looks=tuple(looks),
    )


def _look(step: int, alert: Alert | None = None, level: Level | None = None) -> Look:
    if alert is None or level is None:
        return Look(step * OFTEN_SECONDS)
    return Look(step * OFTEN_SECONDS, (level.labels | alert.labels,))
