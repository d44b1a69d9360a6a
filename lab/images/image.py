"""The description of an image: its files, its user and its command."""

from typing import Final

from msgspec import Struct

EPOCH: Final = 315532800
"""The time of every file in every image, in seconds; the first a wheel can hold."""
REGISTRY: Final = "localhost"
"""No registry has this host name, so an image that was not imported is never pulled."""


class Packages(Struct, frozen=True):
    """Debian packages of one suite, and the settings that they need."""

    names: tuple[str, ...]
    suite: str = "bookworm"
    locales: tuple[str, ...] = ()
    """Compiled into the image beside C.UTF-8."""
    folders: tuple[str, ...] = ()
    """Folders owned by the image's user."""


class Compiled(Struct, frozen=True):
    """One C program of this folder, linked statically."""

    source: str
    at: str


class Checkout(Struct, frozen=True):
    """Our own programs, by the steps of the Containerfile."""

    bound: int
    """Upper limit of the unpacked image, in bytes."""


class Binary(Struct, frozen=True):
    """One static program compiled by the caller."""

    name: str
    """Name of its file among the tools."""
    at: str
    links: tuple[tuple[str, str], ...] = ()
    """Symbolic links to it: path and target."""
    low_ports: bool = False
    """It may listen below 1024 though its user has no rights."""


class Script(Struct, frozen=True):
    """One program of this folder that an interpreter of the image runs."""

    source: str
    at: str


class Image(Struct, frozen=True, kw_only=True):
    """One image; its layers are `files` and, over them, `program` and `script`."""

    name: str
    tag: str
    about: str
    files: Packages | Compiled | Checkout
    program: Binary | None = None
    script: Script | None = None
    account: str
    """`name:id` of its user."""
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    workdir: str = "/"

    @property
    def user(self) -> int:
        """The id of its user and of that user's group."""
        return int(self.account.partition(":")[2])

    @property
    def reference(self) -> str:
        """The reference that pods use."""
        return f"{REGISTRY}/{self.name}:{self.tag}"
