"""Paths of this machine's cluster: one state folder, one cache."""

import os
from pathlib import Path

from msgspec import Struct

from exchange.folders import state_folder

CHECKOUT = Path(__file__).parents[2]
RECIPES = CHECKOUT / "lab" / "recipes"


class Places(Struct, frozen=True):
    """Every path the cluster uses. `down` removes `state` and keeps `cache`."""

    state: Path
    cache: Path

    @property
    def home(self) -> Path:
        """Data of one running cluster."""
        return self.state / "cluster"

    @property
    def certificates(self) -> Path:
        """Keys and certificates; private."""
        return self.home / "certificates"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's kubeconfig."""
        return self.home / "kubeconfig"

    @property
    def machines(self) -> Path:
        """Each machine's orders, logs and data."""
        return self.home / "machines"

    @property
    def tools(self) -> Path:
        """Every compiled program in one folder, for PATH and for images."""
        return self.home / "tools"

    @property
    def images(self) -> Path:
        """Image archives and their list."""
        return self.home / "images"

    @property
    def pins(self) -> Path:
        """The overlay that lets the program use local images and manifests."""
        return self.home / "pins.toml"

    @property
    def published(self) -> Path:
        """platform.json, which other packages read."""
        return self.home / "platform.json"

    @property
    def pulumi(self) -> Path:
        """The CLI's home, its file backend and its passphrase."""
        return self.home / "pulumi"

    @property
    def before(self) -> Path:
        """The cluster's objects before the stack was installed."""
        return self.home / "before.txt"

    @property
    def results(self) -> Path:
        """Outcomes of the operations on the cluster."""
        return self.home / "results"


def find_places() -> Places:
    """Return this checkout's paths; HOLDFAST_STATE and XDG_CACHE_HOME move them."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Places(state=state_folder(), cache=Path(cache) / "holdfast")
