"""The folders and files of one platform, all below HOLDFAST_STATE."""

import shutil
from pathlib import Path

from msgspec import Struct

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


class Places(Struct, frozen=True):
    """The folders and files under one state root; `state` is deleted at the stop."""

    root: Path

    @property
    def state(self) -> Path:
        """Return the folder of the running platform; absent when it is down."""
        return self.root / "state"

    @property
    def tools(self) -> Path:
        """Return the folder of unpacked Debian packages; it outlives the platform."""
        return self.root / "tools"

    @property
    def lock(self) -> Path:
        """Return the file that is locked during a start or stop."""
        return self.root / "lock"

    @property
    def hold(self) -> Path:
        """Return the folder of hold files: each keeps the program of its name down."""
        return self.state / "hold"

    @property
    def data(self) -> Path:
        """Return the data folder of the stores."""
        return self.state / "data"

    @property
    def configuration(self) -> Path:
        """Return the folder of generated configuration and start scripts."""
        return self.state / "configuration"

    @property
    def overrides(self) -> Path:
        """Return the folder of the environments added by `restart NAME --env`."""
        return self.state / "overrides"

    @property
    def secrets(self) -> Path:
        """Return the folder of secrets, one file each, mode 0600."""
        return self.state / "secrets"

    @property
    def logs(self) -> Path:
        """Return the folder of logs: one per program, two rotations."""
        return self.state / "logs"

    @property
    def plan(self) -> Path:
        """Return the file of the options this platform was started with."""
        return self.state / "plan.json"

    @property
    def published(self) -> Path:
        """Return platform.json, which exists only while the platform is ready."""
        return self.state / "platform.json"

    def create(self) -> None:
        """Make every folder of `state`, readable by its owner only."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (
            self.state,
            self.hold,
            self.data,
            self.configuration,
            self.overrides,
            self.secrets,
            self.logs,
        ):
            folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)

    def remove(self) -> None:
        """Delete `state`; results and tools stay."""
        if self.state.exists():
            shutil.rmtree(self.state)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    draft = path.with_name(f".{path.name}.draft")
    draft.touch(mode=PRIVATE_FILE)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
