"""Numbers as people read them on a board."""

import math
from collections.abc import Callable, Sequence
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

_TIMES: Final = ((1e-6, "µs"), (1e-3, "ms"), (1.0, "s"), (60.0, "min"), (3600.0, "h"))
_SIZES: Final = ((1.0, "B"), (1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB"))
_BINARY: Final = ((1.0, "B"), (2.0**10, "KiB"), (2.0**20, "MiB"), (2.0**30, "GiB"))
_COUNTS: Final = ((1.0, ""), (1e3, "k"), (1e6, "M"))


def write_number(number: float, unit: str) -> str:
    """`0.0213` in seconds as `21.3 ms`; a share in percent."""
    if not math.isfinite(number):
        return "-"
    writer = _WRITERS.get(unit)
    return writer(number) if writer else _scaled(number, _COUNTS)


def _share(number: float) -> str:
    percent = 100 * number
    if percent == 0:
        return "0 %"
    if abs(percent) < 1:  # two digits say more than one
        return f"{percent:.2g} %"
    # Almost all must not read as all.
    if round(abs(percent), 1) == 100 and percent != 100:  # noqa: PLR2004 - the whole
        return f"{percent:.3f} %"
    return f"{percent:.1f} %".replace(".0 %", " %")


def _scaled(number: float, ladder: Sequence[tuple[float, str]]) -> str:
    if number == 0:
        return f"0 {ladder[0][1]}".strip() if ladder is not _TIMES else "0 s"
    fitting = [rung for rung in ladder if abs(number) >= rung[0]]
    size, name = fitting[-1] if fitting else ladder[0]
    return f"{_short(number / size)} {name}".strip()


def _short(number: float) -> str:
    digits = f"{number:.3g}"
    return digits if "e" not in digits else f"{number:.0f}"


_WRITERS: Final[dict[str, Callable[[float], str]]] = {
    SHARE: _share,
    SECONDS: lambda number: _scaled(number, _TIMES),
    BYTES: lambda number: _scaled(number, _SIZES),
    BINARY_BYTES: lambda number: _scaled(number, _BINARY),
    BYTES_PER_SECOND: lambda number: _scaled(number, _SIZES) + "/s",
    REQUESTS: lambda number: _scaled(number, _COUNTS) + " req/s",
    OPERATIONS: lambda number: _scaled(number, _COUNTS) + " /s",
}
