"""Where the platform under load is: what `local` published, or what was said."""

from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec import Struct

from exchange.folders import local_platform_file
from exchange.platforms import Platform, PlatformUnpublished, read_platform


class PlatformUnknown(Exception):
    """No host was given and no running platform has published one."""


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


def find_platform(host: str | None, metrics: tuple[str, ...]) -> Whereabouts:
    """What was said wins; a host without metrics has no second witness.

    Raises PlatformUnknown.
    """
    if host:
        return Whereabouts(host.rstrip("/"), metrics)
    try:
        published = read_platform(local_platform_file(), Platform)
    except PlatformUnpublished as missing:
        raise PlatformUnknown(f"{missing}: run `task up`, or give --host") from missing
    pages = published.metrics_pages()
    found = tuple(pages[name] for name in published.api.instances if name in pages)
    return Whereabouts(published.api.url.rstrip("/"), metrics or found)
