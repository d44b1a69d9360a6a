"""Operators that a failover needs: a second copy, on another node, awake in time."""

from typing import Any, Final

from infra.labels import REVISION

COPIES: Final = 2
CPU: Final = "100m"
"""Reserved for each, as CloudNativePG asks itself. With less an operator gets its turn
late while standbys are busy, and the new primary is named seconds after its promotion.
"""
ELECTION: Final = "--leader-elect"
BY_NODE: Final = "kubernetes.io/hostname"


def stand_twice(spec: dict[str, Any], *, elects: bool) -> None:
    """Make an operator's Deployment two copies, apart where there are two nodes.

    One alone comes back only when its node is given up, minutes after a cut. Where it
    `elects`, the other waits for the leader's lease. A plug-in must not: it is asked
    by the operator in every step, and the copy that does not lead would never answer.
    """
    spec["replicas"] = COPIES
    spec["strategy"] = {"type": "RollingUpdate"}
    pod = spec["template"]["spec"]
    pod["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": BY_NODE,
            # Rather none than beside the other: there it would stay when its own node
            # is back, and the next node to go would take both.
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": spec["selector"],
            "matchLabelKeys": [REVISION],
        }
    ]
    for container in pod["containers"]:
        bounds = container["resources"]
        reserved = bounds["requests"] | {"cpu": CPU}
        container["resources"] = bounds | {"requests": reserved}
        if not elects:
            said = container["args"]
            container["args"] = [word for word in said if word != ELECTION]
