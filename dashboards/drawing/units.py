"""Numbers in the unit of a panel, as people read them."""

import math
from typing import Final

from dashboards.boards.panels import (
    BINARY_BYTES,
    BYTES,
    BYTES_PER_SECOND,
    OPERATIONS,
    REQUESTS,
    SECONDS,
    SHARE,
)

_SIZES: Final = ((1.0, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB"))
_SCALES: Final = {
    SECONDS: ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h")),
    BYTES: _SIZES,
    BYTES_PER_SECOND: _SIZES,
    BINARY_BYTES: ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB")),
}
_COUNTS: Final = ((1.0, ""), (1e3, "k"), (1e6, "M"))
_SUFFIXES: Final = {BYTES_PER_SECOND: "/s", REQUESTS: " req/s", OPERATIONS: " /s"}


def write_number(number: float, unit: str) -> str:
    """Return `0.0213` in seconds as `21.3 ms`; a share in percent."""
    if not math.isfinite(number):
        return "-"
    if unit == SHARE:
        return _percent(100 * number)
    scale = _SCALES.get(unit, _COUNTS)
    fitting = [step for step in scale if step[0] <= (abs(number) or 1.0)]
    size, name = fitting[-1] if fitting else scale[0]
    digits = f"{number / size:.3g}"
    digits = digits if "e" not in digits else f"{number / size:.0f}"
    return f"{digits} {name}".strip() + _SUFFIXES.get(unit, "")


def _percent(percent: float) -> str:
    if abs(percent) < 1:
        return f"{percent:.2g} %"
    # 99.987 must not read as 100.
    if round(abs(percent), 1) == 100 and percent != 100:  # noqa: PLR2004 - the whole
        return f"{percent:.3f} %"
    return f"{percent:.1f} %".replace(".0 %", " %")
