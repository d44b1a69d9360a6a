"""Pods as the API describes them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

NAME = "app.kubernetes.io/name"
RELEASE = "rollouts-pod-template-hash"


class Pod(Struct, frozen=True, kw_only=True):
    """One pod. Times are epoch seconds, to the second; None if not yet reached."""

    name: str
    namespace: str
    uid: str
    labels: dict[str, str]
    node: str = ""
    ip: str = ""
    ready: bool = False
    leaving: bool = False
    started_at: float | None = None
    ready_at: float | None = None


def read_pod(described: Mapping[str, Any]) -> Pod:
    """Parse a pod from the API's JSON."""
    meta, status = described["metadata"], described.get("status", {})
    conditions = {one["type"]: one for one in status.get("conditions", [])}
    ready = conditions.get("Ready", {})
    is_ready = ready.get("status") == "True"
    return Pod(
        name=meta["name"],
        namespace=meta["namespace"],
        uid=meta["uid"],
        labels=meta.get("labels") or {},
        node=described.get("spec", {}).get("nodeName", ""),
        ip=status.get("podIP", ""),
        ready=is_ready,
        leaving="deletionTimestamp" in meta,
        started_at=_find_start(status.get("containerStatuses", [])),
        ready_at=read_time(ready["lastTransitionTime"]) if is_ready else None,
    )


def read_pods(listed: Mapping[str, Any]) -> list[Pod]:
    """Parse every pod of a list, sorted by name."""
    return sorted(map(read_pod, listed["items"]), key=lambda pod: pod.name)


def serving(pods: Iterable[Pod], name: str) -> tuple[str, ...]:
    """Return the names of one program's ready pods, without terminating ones."""
    return tuple(
        pod.name
        for pod in pods
        if pod.labels.get(NAME) == name and pod.ready and not pod.leaving
    )


def read_time(text: str) -> float:
    """Return a timestamp of the API as epoch seconds."""
    return datetime.fromisoformat(text).timestamp()


def _find_start(containers: Iterable[Mapping[str, Any]]) -> float | None:
    """Return the start of the most recently started running container."""
    began = [
        read_time(one["state"]["running"]["startedAt"])
        for one in containers
        if "running" in one.get("state", {})
    ]
    return max(began, default=None)
