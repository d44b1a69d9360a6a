"""Requests to the cluster's API through kubectl."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.cluster.shell import run


class Kubectl:
    """kubectl with the administrator's kubeconfig."""

    def __init__(self, program: str | Path, kubeconfig: Path) -> None:
        self.command = (str(program), f"--kubeconfig={kubeconfig}")

    def __call__(
        self, *words: str, seconds: float = 60, stdin: str | None = None
    ) -> str:
        """Return kubectl's output; raises CommandFailed."""
        return run([*self.command, *words], seconds=seconds, stdin=stdin)

    def get(self, *words: str) -> Any:  # noqa: ANN401 - as Kubernetes has it
        """Return the decoded result of `kubectl get … -o json`."""
        return json.loads(self("get", *words, "-o", "json"))

    def apply(self, objects: Sequence[dict[str, Any]]) -> None:
        """Apply the objects server-side; raises CommandFailed."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(objects)}
        words = ("apply", "--server-side", "--force-conflicts", "-f", "-")
        self(*words, stdin=json.dumps(listed))

    def hand_over(self, words: Sequence[str]) -> int:
        """Run kubectl with this terminal; return its exit code."""
        return subprocess.call([*self.command, *words])  # noqa: S603 - the user's arguments
