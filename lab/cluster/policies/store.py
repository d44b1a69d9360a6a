"""The agent's knowledge of the cluster, shared by its threads."""

import threading
from collections.abc import Iterable
from typing import Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from lab.cluster.policies.evaluation import World
from lab.cluster.policies.kinds import Namespace, Pod, Policy

Item = Pod | Namespace | Policy


class Moment(Struct, frozen=True):
    """The world as known at one time; later moments have larger numbers."""

    number: int
    world: World


class Store:
    """Objects by kind, announced addresses, and the newest loaded moment."""

    def __init__(self) -> None:
        self._changed: Final = threading.Condition()
        self._items: dict[type[Item], dict[str, Item]] = {}
        self._announced: dict[str, str] = {}
        self._number = 0
        self._kept = 0

    def replace(self, kind: type[Item], items: Iterable[Item]) -> None:
        """Replace every object of a kind."""
        with self._changed:
            gone = self._items.get(kind, {}).keys()
            self._items[kind] = {item.metadata.uid: item for item in items}
            for uid in gone - self._items[kind].keys():
                self._announced.pop(uid, None)
            self._change()

    def put(self, item: Item) -> None:
        """Store a new or changed object; most changes of a pod affect no field read."""
        with self._changed:
            items = self._items[type(item)]
            if items.get(item.metadata.uid) != item:
                items[item.metadata.uid] = item
                self._change()

    def remove(self, item: Item) -> None:
        """Remove an object."""
        with self._changed:
            self._items[type(item)].pop(item.metadata.uid, None)
            self._announced.pop(item.metadata.uid, None)
            self._change()

    def announce(self, uid: str, address: str, *, seconds: float) -> bool:
        """Return whether rules that know this pod at this address were loaded in time.

        The CNI plug-in announces it before the pod's first process starts; the API
        learns the address only afterwards.
        """
        with self._changed:
            self._announced[uid] = address
            self._change()
            if not self._changed.wait_for(lambda: uid in self._pods(), seconds):
                return False
            known = self._number
            return self._changed.wait_for(lambda: self._kept >= known, seconds)

    def next_moment(self, *, seconds: float) -> Moment | None:
        """Return the newest moment once one is not loaded; None at the timeout."""
        with self._changed:
            if not self._changed.wait_for(self._is_due, seconds):
                return None
            return Moment(self._number, self._world())

    def keep(self, number: int) -> None:
        """Record that rules of this moment are loaded."""
        with self._changed:
            self._kept = max(self._kept, number)
            self._changed.notify_all()

    def _change(self) -> None:
        self._number += 1
        self._changed.notify_all()

    def _is_due(self) -> bool:
        """Nothing is due before every kind is listed: a partial world permits less."""
        return len(self._items) == len(get_args(Item)) and self._number > self._kept

    def _pods(self) -> dict[str, Item]:
        return self._items.get(Pod, {})

    def _world(self) -> World:
        held = [item for items in self._items.values() for item in items.values()]
        pods = [item for item in held if isinstance(item, Pod)]
        return World(
            pods=[self._placed(pod) for pod in pods],
            namespaces=[item for item in held if isinstance(item, Namespace)],
            policies=[item for item in held if isinstance(item, Policy)],
        )

    def _placed(self, pod: Pod) -> Pod:
        address = self._announced.get(pod.metadata.uid)
        if address is None:
            return pod
        return replace(pod, status=replace(pod.status, address=address))
