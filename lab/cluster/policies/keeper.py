"""Keep a node's rules equal to the policies.

At the start the node is closed, unless an earlier agent's rules exist: those stay
until everything is listed. During an API outage the last rules stay.
"""

import time
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network
from typing import Final

from lab.cluster.policies import kernel
from lab.cluster.policies.evaluation import Guarded, evaluate
from lab.cluster.policies.ruleset import closed, render
from lab.cluster.policies.store import Moment, Store
from lab.cluster.shell import CommandFailed

LOOK_SECONDS: Final = 5.0
"""Interval of the check that no other program removed the rules."""
_GATHER_SECONDS: Final = 0.05
"""A deployment changes many objects at once: they become one ruleset."""
_PAUSE_SECONDS: Final = 1.0

Say = Callable[[str], None]


class Keeper:
    """The rules of one node."""

    def __init__(
        self, store: Store, node: str, range_of_pods: IPv4Network, say: Say
    ) -> None:
        self._store = store
        self._node = node
        self._range = range_of_pods
        self._say = say
        self._loaded = ""

    def close(self) -> None:
        """Close a node that has no rules; raises BridgeUnseen, CommandFailed."""
        kernel.see_the_bridge()
        if kernel.is_kept():
            self._say("rules of a keeper before stay until everything is listed")
        else:
            kernel.load(closed(self._range))
            self._say("closed until everything is listed")

    def keep(self) -> None:
        """Update the rules for ever."""
        while True:
            moment = self._store.next_moment(seconds=LOOK_SECONDS)
            try:
                if moment is not None:
                    self._keep(moment)
                elif self._loaded and not kernel.is_kept():
                    kernel.load(self._loaded)
                    self._say("the rules had been removed; loaded again")
            except CommandFailed as trouble:
                self._say(f"the rules before stay: {trouble}")
                time.sleep(_PAUSE_SECONDS)

    def _keep(self, moment: Moment) -> None:
        time.sleep(_GATHER_SECONDS)
        newest = self._store.next_moment(seconds=0) or moment
        started = time.monotonic()
        guarded = evaluate(newest.world, self._node)
        ruleset = render(guarded, self._range)
        if ruleset != self._loaded:
            kernel.load(ruleset)
            self._loaded = ruleset
            took = (time.monotonic() - started) * 1000
            self._say(f"{_summary(guarded)}, in {took:.0f} ms")
        self._store.keep(newest.number)


def _summary(guarded: Iterable[Guarded]) -> str:
    listed = list(guarded)
    sides = [side for g in listed for side in (g.entering, g.leaving)]
    isolated = [side for side in sides if side is not None]
    permits = sum(len(side) for side in isolated)
    return f"{len(listed)} pods, {len(isolated)} closed directions, {permits} permits"
