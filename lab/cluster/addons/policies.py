"""Read access for the network policy agents."""

from typing import Final

from lab.cluster.addons.objects import Object, rule
from lab.cluster.certificates import POLICIES

_AUTHORITY: Final = "rbac.authorization.k8s.io"


def policies() -> list[Object]:
    """Return a role bound to the certificate's user: the agents are not pods."""
    reads = ("get", "list", "watch")
    return [
        {
            "apiVersion": f"{_AUTHORITY}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": POLICIES.user},
            "rules": [
                rule([""], ["pods", "namespaces"], *reads),
                rule(["networking.k8s.io"], ["networkpolicies"], *reads),
            ],
        },
        {
            "apiVersion": f"{_AUTHORITY}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": POLICIES.user},
            "roleRef": {
                "apiGroup": _AUTHORITY,
                "kind": "ClusterRole",
                "name": POLICIES.user,
            },
            "subjects": [
                {"kind": "User", "name": POLICIES.user, "apiGroup": _AUTHORITY}
            ],
        },
    ]
