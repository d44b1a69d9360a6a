"""Memory growth over a run."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct

_TENTHS = 10


class Growth(Struct, frozen=True):
    """Resident bytes: `early` after warming up, `late` at the end, `most` the peak."""

    early_bytes: float
    late_bytes: float
    most_bytes: float

    @property
    def share(self) -> float:
        """Return the growth as a share, at least 0."""
        return max(0.0, self.late_bytes / self.early_bytes - 1)


def find_growth(samples: Sequence[float]) -> Growth:
    """Compare the second tenth of a run with its last; the first warms up.

    Raises ValueError for fewer than ten samples.
    """
    if len(samples) < _TENTHS:
        raise ValueError(f"{len(samples)} samples of memory are too few")
    tenth = len(samples) // _TENTHS
    return Growth(
        early_bytes=median(samples[tenth : 2 * tenth]),
        late_bytes=median(samples[-tenth:]),
        most_bytes=max(samples),
    )
