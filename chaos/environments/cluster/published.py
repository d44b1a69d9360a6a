"""The platform.json of a platform on Kubernetes."""

from pathlib import Path

from chaos.environments.environment import PlatformMissing
from exchange.platforms import ClusterPlatform, PlatformUnpublished, read_platform


def load_cluster(file: Path) -> ClusterPlatform:
    """Return the published platform; raises PlatformMissing."""
    try:
        return read_platform(file, ClusterPlatform)
    except PlatformUnpublished as missing:
        raise PlatformMissing(
            f"{missing}: start it with `task cluster:up`"
        ) from missing
