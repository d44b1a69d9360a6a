"""The addresses of a platform on Kubernetes: API and forwarded metrics ports."""

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from exchange.platforms import (
    ClusterPlatform,
    PlatformUnpublished,
    read_platform,
)
from loadtests.addresses import Addresses, PlatformNotFound

_PODS = "app.kubernetes.io/name=api"
_METRICS = "metrics"
_FORWARDS = re.compile(r"Forwarding from (127\.0\.0\.1:\d+)")
_ASK_SECONDS = 20.0


@contextmanager
def reached(file: Path) -> Iterator[Addresses]:
    """Yield the published platform's addresses, with its metrics ports forwarded.

    Raises PlatformNotFound.
    """
    try:
        cluster = read_platform(file, ClusterPlatform)
    except PlatformUnpublished as missing:
        raise PlatformNotFound(str(missing)) from missing
    with ExitStack() as ways:
        opened: dict[str, str] = {}

        def look() -> tuple[str, ...]:
            listed = _list_pods(cluster)
            for name, port in find_pods(listed).items():
                if name not in opened:
                    forward = _kubectl(cluster, "port-forward", name, f":{port}")
                    opened[name] = ways.enter_context(_forwarded(forward))
            there = {f"pod/{pod['metadata']['name']}" for pod in listed["items"]}
            return tuple(page for name, page in opened.items() if name in there)

        pages = look()
        if not pages:
            raise PlatformNotFound(f"no API pod is ready in {cluster.namespace}")
        yield Addresses(cluster.api.url.rstrip("/"), pages, look)


def find_pods(listed: dict[str, Any]) -> dict[str, int]:
    """Return the metrics port of each ready, non-terminating pod, by `pod/<name>`."""
    return {
        f"pod/{pod['metadata']['name']}": port["containerPort"]
        for pod in listed["items"]
        if "deletionTimestamp" not in pod["metadata"]
        and {"type": "Ready", "status": "True"}.items()
        <= _condition(pod, "Ready").items()
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
        if port.get("name") == _METRICS
    }


def _kubectl(cluster: ClusterPlatform, *arguments: str) -> list[str]:
    """Return a kubectl command in the platform's namespace."""
    about = (f"--kubeconfig={cluster.kubeconfig}", f"--namespace={cluster.namespace}")
    return [cluster.kubectl, *about, *arguments]


def _condition(pod: dict[str, Any], kind: str) -> dict[str, Any]:
    conditions = pod.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), {})


def _list_pods(cluster: ClusterPlatform) -> dict[str, Any]:
    command = _kubectl(cluster, "get", "pods", f"--selector={_PODS}", "--output=json")
    try:
        said = subprocess.run(  # noqa: S603 - the published kubectl
            command, capture_output=True, check=True, timeout=_ASK_SECONDS
        ).stdout
        return msgspec.json.decode(said, type=dict[str, Any])
    except subprocess.CalledProcessError as refused:
        raise PlatformNotFound(refused.stderr.decode(errors="replace").strip()) from (
            refused
        )
    except (OSError, subprocess.TimeoutExpired, msgspec.DecodeError) as trouble:
        raise PlatformNotFound(f"kubectl: {trouble}") from trouble


@contextmanager
def _forwarded(command: Sequence[str]) -> Iterator[str]:
    """Yield the metrics page behind one port-forward; end it with the block."""
    with subprocess.Popen(  # noqa: S603 - the published kubectl
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        try:
            assert child.stdout is not None  # noqa: S101 - it is a pipe
            line = child.stdout.readline()
            found = _FORWARDS.search(line)
            if found is None:
                raise PlatformNotFound(f"kubectl port-forward: {line.strip()}")
            yield f"http://{found[1]}/metrics"
        finally:
            child.kill()
