"""The last CNI plug-in of the pod network: a pod starts once its rules are loaded.

It runs for every pod, so it imports only modules that load fast. It speaks CNI on
standard input and output, and one line of JSON with the node's policy agent.
"""

import json
import os
import socket
import sys
from typing import Any

SECONDS = 20.0
_TRY_AGAIN = 11
"""The CNI's code "try again later", which makes the kubelet repeat the call."""


class NotKept(Exception):
    """The policy agent does not know this pod, or does not run."""


def main() -> int:
    """Run CNI_COMMAND; return 0, or 1 with the CNI error on standard output."""
    command = os.environ.get("CNI_COMMAND")
    if command == "VERSION":
        versions = ["0.3.0", "0.3.1", "0.4.0", "1.0.0"]
        print(json.dumps({"cniVersion": "1.0.0", "supportedVersions": versions}))  # noqa: T201
        return 0
    told: dict[str, Any] = json.load(sys.stdin)
    if command != "ADD":
        return 0
    try:
        announce(told, pod_uid(os.environ.get("CNI_ARGS", "")))
    except (NotKept, OSError) as error:
        trouble = {"code": _TRY_AGAIN, "msg": f"network policies: {error}"}
        print(json.dumps({"cniVersion": told["cniVersion"], **trouble}))  # noqa: T201
        return 1
    print(json.dumps(told["prevResult"]))  # noqa: T201
    return 0


def pod_uid(arguments: str) -> str:
    """Return the uid in `A=1;K8S_POD_UID=…`; raises NotKept without one."""
    pairs = dict(pair.partition("=")[::2] for pair in arguments.split(";"))
    if not pairs.get("K8S_POD_UID"):
        raise NotKept("the container runtime does not say which pod this is")
    return pairs["K8S_POD_UID"]


def announce(told: dict[str, Any], uid: str) -> None:
    """Send the pod's address to the agent; raises NotKept, OSError."""
    address = told["prevResult"]["ips"][0]["address"].partition("/")[0]
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(SECONDS)
        door.connect(told["socket"])
        door.sendall(json.dumps({"uid": uid, "address": address}).encode() + b"\n")
        with door.makefile("rb") as answers:
            answer = answers.readline()
    if not answer or json.loads(answer) != {"kept": True}:
        raise NotKept(f"the keeper does not know pod {uid} yet")


if __name__ == "__main__":
    sys.exit(main())
