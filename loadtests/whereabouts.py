"""Where the platform under load is: what `local` published, or what was said."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct


class PlatformUnknown(Exception):
    """No host was given and no running platform has published one."""


class Api(Struct, frozen=True):
    url: str
    instances: tuple[str, ...]


class Process(Struct, frozen=True):
    kind: str
    metrics: str | None = None


class Published(Struct, frozen=True):
    """The part of `platform.json` that load needs."""

    api: Api
    processes: dict[str, Process]


class Whereabouts(Struct, frozen=True):
    """The address under load and the metrics pages of every instance behind it.

    `look` is there where instances come and go: it finds those of this moment.
    """

    host: str
    metrics: tuple[str, ...]
    look: Callable[[], tuple[str, ...]] | None = None

    def pages(self) -> tuple[str, ...]:
        """The metrics pages of this moment; who joined later is behind the others."""
        return self.metrics if self.look is None else self.look()

    @property
    def is_local(self) -> bool:
        """Whether load and servers share this machine."""
        return urlsplit(self.host).hostname in {"127.0.0.1", "::1", "localhost"}


def state_folder() -> Path:
    """HOLDFAST_STATE, or `.holdfast` in the checkout."""
    given = os.environ.get("HOLDFAST_STATE")
    return Path(given) if given else Path(__file__).parents[1] / ".holdfast"


def find_platform(host: str | None, metrics: tuple[str, ...]) -> Whereabouts:
    """What was said wins; a host without metrics has no second witness.

    Raises PlatformUnknown.
    """
    if host:
        return Whereabouts(host.rstrip("/"), metrics)
    file = state_folder() / "state" / "platform.json"
    try:
        published = msgspec.json.decode(file.read_bytes(), type=Published)
    except (FileNotFoundError, msgspec.MsgspecError) as trouble:
        raise PlatformUnknown(
            f"no running platform in {file} ({trouble}): run `task up`, or give --host"
        ) from trouble
    pages = [published.processes[name].metrics for name in published.api.instances]
    return Whereabouts(
        published.api.url.rstrip("/"), metrics or tuple(page for page in pages if page)
    )
