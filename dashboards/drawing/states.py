"""What state something was in, and when."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from dashboards.drawing.answers import Answer
from dashboards.drawing.cards import Card
from dashboards.drawing.clock import dress_time
from dashboards.drawing.colors import INK, NAMED
from dashboards.drawing.legends import draw_legend
from dashboards.reading import Panel


def draw_states(card: Card, answer: Answer) -> Axes:
    """A band a series, coloured by its state; a gap is silence."""
    named = sorted(answer.all, key=lambda one: one.name, reverse=True)
    axes = card.inside(left=1.15, right=0.2, bottom=0.52)
    states = _states(answer.panel)
    seen: set[str] = set()
    for line, one in enumerate(named):
        for at, number in one.series.points:
            state = states.get(str(int(number)))
            if state:
                seen.add(str(int(number)))
                _draw_state(axes, answer, line, at, NAMED[state["color"]])
    axes.set_ylim(-0.55, len(named) - 0.45)
    axes.set_yticks(range(len(named)), [one.name for one in named])
    dress_time(axes, answer.span)
    axes.tick_params(axis="y", labelcolor=INK)
    patches = [
        Patch(color=NAMED[state["color"]], label=state["text"])
        for value, state in sorted(states.items(), reverse=True)
        if value in seen
    ]
    draw_legend(axes, card, patches, columns=len(patches) or 1)
    return axes


def _draw_state(axes: Axes, answer: Answer, line: int, at: float, color: str) -> None:
    step = answer.span.step_seconds
    start = max(at - step / 2, answer.span.start)
    axes.barh(
        line,
        step * 1.02,
        left=start,
        height=0.66,
        color=color,
        linewidth=0,
        align="center",
    )


def _states(panel: Panel) -> dict[str, Any]:
    mappings = panel.field_config.defaults.mappings
    found: dict[str, Any] = mappings[0]["options"] if mappings else {}
    return found
