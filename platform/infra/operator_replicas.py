"""Run the operators that a failover needs as two replicas on different nodes."""

from typing import Any, Final

from infra.labels import REVISION

REPLICAS: Final = 2
CPU: Final = "100m"
"""Request of each replica, as CloudNativePG's own manifest has it. With less, an
operator is scheduled late while standbys are busy, and labels the new primary seconds
after its promotion.
"""
ELECTION: Final = "--leader-elect"
BY_NODE: Final = "kubernetes.io/hostname"


def run_two_replicas(spec: dict[str, Any], *, elects: bool) -> None:
    """Give an operator's Deployment two replicas, on different nodes if there are two.

    A single replica is replaced only when its node is given up, minutes after it was
    cut off. With `elects`, the second replica waits for the leader's lease. The plug-in
    must not elect: the operator calls it in every step, and a replica that does not
    lead would never answer.
    """
    spec["replicas"] = REPLICAS
    spec["strategy"] = {"type": "RollingUpdate"}
    pod = spec["template"]["spec"]
    pod["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": BY_NODE,
            # Beside the first replica it would stay when its own node is back, and the
            # next lost node would take both.
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
            arguments = container["args"]
            container["args"] = [word for word in arguments if word != ELECTION]
