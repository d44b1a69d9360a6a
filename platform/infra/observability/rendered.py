"""The committed rules, routes and boards, read as they are."""

from pathlib import Path
from typing import Final

import pulumi

FOLDER: Final = Path(__file__).parents[3] / "dashboards" / "rendered"
MOST_BYTES: Final = 2**20 - 2**14
"""What a ConfigMap holds, less its own head."""


class RenderedUnusable(pulumi.RunError):
    """A rendered file is missing or too large; one line that names it."""


def rendered(pattern: str) -> dict[str, str]:
    """Every rendered file of the pattern by name, byte for byte."""
    found = {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(FOLDER.glob(pattern))
    }
    if not found:
        raise RenderedUnusable(f"dashboards/rendered has no {pattern}")
    for name, text in found.items():
        if len(text.encode()) > MOST_BYTES:
            raise RenderedUnusable(f"dashboards/rendered/{name} is over {MOST_BYTES} B")
    return found
