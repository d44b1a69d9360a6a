"""Where everything of one platform lies: one folder, named by HOLDFAST_STATE."""

import shutil
from pathlib import Path

from msgspec import Struct

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600


class Places(Struct, frozen=True):
    """The folders and files under one state root; `state` goes when it stops."""

    root: Path

    @property
    def state(self) -> Path:
        """Everything of the running platform; absent when it is down."""
        return self.root / "state"

    @property
    def tools(self) -> Path:
        """Programs unpacked from Debian packages; outlives the platform."""
        return self.root / "tools"

    @property
    def lock(self) -> Path:
        """Locked by whoever starts or stops the platform."""
        return self.root / "lock"

    @property
    def hold(self) -> Path:
        """A file here named like a program keeps that program down."""
        return self.state / "hold"

    @property
    def data(self) -> Path:
        """What the stores write."""
        return self.state / "data"

    @property
    def configuration(self) -> Path:
        """Generated configuration and one start script a program."""
        return self.state / "configuration"

    @property
    def overrides(self) -> Path:
        """Environment added to one program by `restart NAME --env`."""
        return self.state / "overrides"

    @property
    def secrets(self) -> Path:
        """One file a secret, mode 0600."""
        return self.state / "secrets"

    @property
    def logs(self) -> Path:
        """One log a program, two rotations."""
        return self.state / "logs"

    @property
    def plan(self) -> Path:
        """The options this platform was started with."""
        return self.state / "plan.json"

    @property
    def published(self) -> Path:
        """Where everything is; there only while the platform is ready."""
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
