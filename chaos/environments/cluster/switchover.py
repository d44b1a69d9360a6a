"""An orderly change of the primary, asked for as `kubectl cnpg promote` does."""

from datetime import UTC, datetime

from chaos.environments.cluster.api import KubernetesApi


async def promote(api: KubernetesApi, cluster: str, member: str) -> None:
    """Ask the operator to make `member` the primary; `cluster` is the path of both."""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    status = {
        "targetPrimary": member,
        "targetPrimaryTimestamp": at,
        "phase": "Switchover in progress",
        "phaseReason": f"Switching over to {member}",
    }
    await api.patch(f"{cluster}/status", {"status": status}, kind="merge")
