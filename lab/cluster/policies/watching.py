"""Follow one kind of object in the API, through every outage, into the store.

It lists once and then watches from there; when a watch ends other than by its timeout,
it lists again. Known objects stay until they are replaced.
"""

import time
from collections.abc import Callable, Iterable
from typing import Final

import httpx
import msgspec
from msgspec import Struct

from lab.cluster.policies.kinds import Namespace, Pod, Policy
from lab.cluster.policies.store import Item, Store

WATCH_SECONDS: Final = 30
"""The API ends a watch after this time, so a dead connection is noticed soon after."""
SILENCE_SECONDS: Final = WATCH_SECONDS + 5.0
_PAUSE_SECONDS: Final = 0.5
PATHS: Final[dict[type[Item], str]] = {
    Pod: "/api/v1/pods",
    Namespace: "/api/v1/namespaces",
    Policy: "/apis/networking.k8s.io/v1/networkpolicies",
}

Say = Callable[[str], None]


class _Version(Struct, rename="camel"):
    resource_version: str


class _Versioned(Struct):
    metadata: _Version


class _Listed(_Versioned):
    items: list[msgspec.Raw]


class _Event(Struct):
    type: str
    object: msgspec.Raw


class WatchBroken(Exception):
    """The API cannot continue the watch; says why."""


TROUBLE: Final = (httpx.HTTPError, msgspec.MsgspecError, WatchBroken)


class Follower:
    """Follows one kind of object."""

    def __init__(
        self, client: httpx.Client, kind: type[Item], store: Store, say: Say
    ) -> None:
        self._client = client
        self._kind = kind
        self._store = store
        self._say = say
        self._trouble = ""

    def follow(self) -> None:
        """Follow for ever."""
        while True:
            try:
                version = self._list()
                while True:
                    version = self._watch(version)
            except TROUBLE as trouble:
                first, _, _ = str(trouble).partition("\n")
                self._note(f"{type(trouble).__name__}: {first}")
                time.sleep(_PAUSE_SECONDS)

    def _list(self) -> str:
        answer = self._client.get(PATHS[self._kind])
        answer.raise_for_status()
        listed = msgspec.json.decode(answer.content, type=_Listed)
        self._store.replace(self._kind, [self._read(raw) for raw in listed.items])
        self._note("")
        return listed.metadata.resource_version

    def _watch(self, version: str) -> str:
        """Store changes until the watch's timeout; return the last version."""
        asked = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
        }
        with self._client.stream("GET", PATHS[self._kind], params=asked) as answer:
            answer.raise_for_status()
            return self._take_in(answer.iter_lines(), version)

    def _take_in(self, lines: Iterable[str], version: str) -> str:
        for line in lines:
            event = msgspec.json.decode(line, type=_Event)
            match event.type:
                case "ADDED" | "MODIFIED":
                    self._store.put(self._read(event.object))
                case "DELETED":
                    self._store.remove(self._read(event.object))
                case "BOOKMARK":
                    pass
                case _:
                    raise WatchBroken(bytes(event.object).decode(errors="replace"))
            seen = msgspec.json.decode(event.object, type=_Versioned)
            version = seen.metadata.resource_version
        return version

    def _read(self, raw: msgspec.Raw) -> Item:
        return msgspec.json.decode(raw, type=self._kind)

    def _note(self, trouble: str) -> None:
        """Log an outage once when it begins, and once when it ends."""
        if trouble != self._trouble:
            self._say(f"{self._kind.__name__}: {trouble or 'listed again'}")
            self._trouble = trouble
