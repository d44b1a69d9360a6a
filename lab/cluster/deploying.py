"""Run and time `pulumi up` as an engineer would."""

import time
from collections.abc import Callable

from exchange.outcomes import Measurement, Outcome
from lab.cluster.images import read_images
from lab.cluster.inventory import left_behind, take
from lab.cluster.kubectl import Kubectl
from lab.cluster.outcomes import now, record
from lab.cluster.places import Places
from lab.cluster.readiness import wait_until_ready
from lab.cluster.shell import CommandFailed
from lab.cluster.stack import Stack
from targets import Targets
from targets.verdict import judge_gauge, judge_zero

Say = Callable[[str], None]


def preview(places: Places, stack: Stack, promised: Targets) -> Outcome:
    """Time a preview of the whole stack; raises CommandFailed when it fails."""
    started, clock = now(), time.monotonic()
    _expect(stack.call("preview", "--diff=false"), "pulumi preview")
    seconds = time.monotonic() - clock
    limit = promised.limit["preview-duration"].value
    found = Measurement(
        target="limit.preview-duration",
        value=seconds,
        unit="s",
        verdict=judge_gauge(seconds, limit=limit),
        detail=f"`pulumi preview` took {seconds:.1f} s",
        source="cluster:preview",
    )
    return record(places, "preview", "The stack is previewed", started, [found])


def first_up(
    places: Places, stack: Stack, kubectl: Kubectl, promised: Targets, say: Say
) -> Outcome:
    """Time from `pulumi up` until every part of the platform is ready.

    Raises CommandFailed. Records the cluster's earlier objects for `leftovers`.
    """
    before = take(kubectl)
    places.before.write_text("\n".join(sorted(before)), encoding="utf-8")
    started, clock = now(), time.monotonic()
    _expect(stack.call("up", "--yes", "--skip-preview"), "pulumi up")
    done = time.monotonic() - clock
    say("every resource is made; waiting until every part is ready")
    wait_until_ready(kubectl, stack)
    seconds = time.monotonic() - clock
    found = Measurement(
        target="recovery.cluster-start",
        value=seconds,
        unit="s",
        verdict=judge_gauge(seconds, limit=promised.recovery["cluster-start"].value),
        detail=f"`pulumi up` took {done:.0f} s, all was ready after {seconds:.0f} s",
        source="cluster:start",
    )
    facts = {"changes": stack.changes(), "up_seconds": done}
    return record(
        places, "start", "The stack is installed", started, [found], facts=facts
    )


def second_up(places: Places, stack: Stack) -> Outcome:
    """Count the resources that a second `pulumi up` changes; raises CommandFailed."""
    started = now()
    _expect(stack.call("up", "--yes", "--skip-preview"), "the second pulumi up")
    changes = stack.changes()
    touched = {kind: n for kind, n in changes.items() if kind != "same"}
    found = Measurement(
        target="limit.unsettled-resources",
        value=float(sum(touched.values())),
        unit="count",
        verdict=judge_zero(sum(touched.values()), looked_at=changes.get("same", 0)),
        detail=f"{changes.get('same', 0)} the same, {touched or 'none'} touched",
        samples=sum(changes.values()),
        source="cluster:second-up",
    )
    title = "`pulumi up` again changes nothing"
    return record(
        places, "second-up", title, started, [found], facts={"changes": changes}
    )


def image(places: Places, promised: Targets) -> Outcome:
    """Measure the size of our image on a node's disk."""
    started = now()
    size = next(i.unpacked for i in read_images(places) if i.name == "holdfast")
    found = Measurement(
        target="limit.image",
        value=float(size),
        unit="B",
        verdict=judge_gauge(size, limit=promised.limit["image"].value),
        detail=f"{size / 1e6:.0f} MB unpacked",
        source="cluster:image",
    )
    return record(places, "image", "The image is weighed", started, [found])


def destroy(places: Places, stack: Stack, kubectl: Kubectl, say: Say) -> Outcome:
    """Run `pulumi destroy` twice, then list leftovers; raises CommandFailed."""
    started = now()
    for attempt in ("once", "twice"):
        say(f"pulumi destroy, {attempt}")
        _expect(stack.call("destroy", "--yes", "--skip-preview"), "pulumi destroy")
    left = _leftovers(places, kubectl)
    count = None if left is None else len(left)
    found = Measurement(
        target="limit.cluster-leftovers",
        value=None if count is None else float(count),
        unit="count",
        verdict=judge_zero(count, looked_at=1),
        detail="not installed from here" if left is None else ", ".join(left[:5]),
        source="cluster:leftovers",
    )
    title = "The stack is destroyed, twice"
    return record(
        places, "leftovers", title, started, [found], facts={"left": left or []}
    )


def _leftovers(
    places: Places, kubectl: Kubectl, *, patience_seconds: float = 90.0
) -> list[str] | None:
    """Return leftovers after namespaces and volumes have had time to be deleted."""
    if not places.before.exists():
        return None
    before = frozenset(places.before.read_text(encoding="utf-8").splitlines())
    deadline = time.monotonic() + patience_seconds
    while left := left_behind(before, take(kubectl)):
        if time.monotonic() > deadline:
            break
        time.sleep(2)
    return left


def _expect(code: int, command: str) -> None:
    if code != 0:
        raise CommandFailed(f"{command} ended with {code}; see above, and run it again")
