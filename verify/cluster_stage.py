"""A platform on Kubernetes under test: an existing one is joined, none is built."""

from collections.abc import Sequence
from pathlib import Path

from exchange.folders import cluster_folder, cluster_platform_file
from exchange.platforms import (
    ClusterPlatform,
    Platform,
    PlatformUnpublished,
    read_platform,
)
from verify.interrupts import Interrupts
from verify.stage import LOCAL, PlatformNotReady, Stage, Status


class ClusterStage(Stage):
    """The platform that `python -m lab.cluster publish` published."""

    def __init__(
        self,
        folder: Path,
        *,
        interrupts: Interrupts,
        logs: Path,
        local: Sequence[str] = LOCAL,
    ) -> None:
        super().__init__(folder, interrupts=interrupts, logs=logs, local=local)
        self.state = cluster_folder()

    def raise_up(self) -> None:
        """Find the platform; raises PlatformNotReady when none is published."""
        self.read_published()

    def read_status(self) -> Status:
        """Raise PlatformNotReady, because each experiment checks its own pods."""
        raise PlatformNotReady("the pods of a cluster are looked at by experiments")

    def read_published(self) -> Platform:
        """Return the content of its platform.json; raises PlatformNotReady."""
        try:
            return read_platform(cluster_platform_file(), ClusterPlatform)
        except PlatformUnpublished as missing:
            raise PlatformNotReady(
                f"no platform on Kubernetes is published, run ./task cluster:up: "
                f"{missing}"
            ) from missing
