"""The feasibility lint: targets that contradict each other.

A finding is resolved by a reason under [resolution]. A finding without a resolution
fails the lint, and so does a resolution without a finding.
"""

from msgspec import Struct

from targets.catalog import Targets
from targets.finding import Finding
from targets.load_lint import find_load_conflicts
from targets.loading import TargetsUnreadable
from targets.time_lint import find_time_conflicts


class Review(Struct, frozen=True):
    """The findings, split into resolved and unresolved."""

    unanswered: tuple[Finding, ...]
    answered: tuple[Finding, ...]
    stale: tuple[str, ...]

    @property
    def passes(self) -> bool:
        return not self.unanswered and not self.stale


def review(targets: Targets) -> Review:
    """Compare all targets with each other, and the findings with [resolution].

    Raises TargetsUnreadable when a target that others depend on is not in the file.
    """
    try:
        found = [*find_time_conflicts(targets), *find_load_conflicts(targets)]
    except KeyError as missing:
        raise TargetsUnreadable(
            f"{missing.args[0]}: missing, and other promises are held against it"
        ) from missing
    names = {finding.name for finding in found}
    reasons = targets.resolution
    return Review(
        unanswered=tuple(f for f in found if f.name not in reasons),
        answered=tuple(f for f in found if f.name in reasons),
        stale=tuple(name for name in reasons if name not in names),
    )
