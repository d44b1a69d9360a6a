"""What a drill's outcome keeps beside its verdicts."""

from typing import Any, Final

import msgspec

from chaos.drills.drill import Drill, Notes

_OUTPUT_CHARACTERS: Final = 2_000


def describe(drill: Drill, notes: Notes) -> dict[str, Any]:
    """The alert, every other alert that stood, and each block that was run."""
    steps = notes.walk.steps if notes.walk else []
    return {
        "alert": drill.alert,
        "page": drill.page,
        "parameters": notes.walk.parameters if notes.walk else {},
        "prediction": msgspec.to_builtins(notes.prediction),
        "fired_at": notes.fired_at,
        "told_at": notes.told_at,
        "helped_at": notes.helped_at,
        "resolved_at": notes.resolved_at,
        "alerts": msgspec.to_builtins(notes.watch.spans),
        "other_alerts": notes.watch.fired(besides=drill.alert),
        "steps": [
            msgspec.to_builtins(step) | {"output": step.output[-_OUTPUT_CHARACTERS:]}
            for step in steps
        ],
    }
