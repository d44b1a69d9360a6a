"""Where the cluster of this machine keeps things: one state folder, one cache."""

import os
from pathlib import Path

from msgspec import Struct

from exchange.folders import state_folder

CHECKOUT = Path(__file__).parents[2]
RECIPES = CHECKOUT / "lab" / "recipes"


class Places(Struct, frozen=True):
    """Every path the cluster uses. `state` goes with `down`; `cache` outlives it."""

    state: Path
    cache: Path

    @property
    def home(self) -> Path:
        """What one running cluster owns."""
        return self.state / "cluster"

    @property
    def certificates(self) -> Path:
        """Keys and certificates; private."""
        return self.home / "certificates"

    @property
    def kubeconfig(self) -> Path:
        """An administrator's way in."""
        return self.home / "kubeconfig"

    @property
    def machines(self) -> Path:
        """What each machine was told, its logs and its data."""
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
        """What other rooms read: platform.json."""
        return self.home / "platform.json"

    @property
    def pulumi(self) -> Path:
        """The CLI's home, its file backend and its passphrase."""
        return self.home / "pulumi"

    @property
    def before(self) -> Path:
        """What the cluster held before the stack was installed."""
        return self.home / "before.txt"

    @property
    def results(self) -> Path:
        """Outcomes of what was proven on the cluster."""
        return self.home / "results"


def find_places() -> Places:
    """The places of this checkout; HOLDFAST_STATE and XDG_CACHE_HOME move them."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Places(state=state_folder(), cache=Path(cache) / "holdfast")
