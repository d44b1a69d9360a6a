"""The addresses of the platform under load: given, or published by `local`."""

from collections.abc import Callable
from urllib.parse import urlsplit

from msgspec import Struct

from exchange.folders import local_platform_file
from exchange.platforms import Platform, PlatformUnpublished, read_platform


class PlatformNotFound(Exception):
    """No host was given, and no running platform has published one."""


class Addresses(Struct, frozen=True):
    """The API's address and the metrics page of every instance behind it.

    `look`, where instances come and go, returns the pages of the present instances.
    """

    host: str
    metrics: tuple[str, ...]
    look: Callable[[], tuple[str, ...]] | None = None

    def pages(self) -> tuple[str, ...]:
        """Return the present metrics pages; instances that joined later come last."""
        return self.metrics if self.look is None else self.look()

    @property
    def is_local(self) -> bool:
        """Whether generator and servers share this machine."""
        return urlsplit(self.host).hostname in {"127.0.0.1", "::1", "localhost"}


def find_platform(host: str | None, metrics: tuple[str, ...]) -> Addresses:
    """Return the given addresses, else those of the published local platform.

    A given host without metrics has no server counters. Raises PlatformNotFound.
    """
    if host:
        return Addresses(host.rstrip("/"), metrics)
    try:
        published = read_platform(local_platform_file(), Platform)
    except PlatformUnpublished as missing:
        raise PlatformNotFound(f"{missing}: run `task up`, or give --host") from missing
    pages = published.metrics_pages()
    found = tuple(pages[name] for name in published.api.instances if name in pages)
    return Addresses(published.api.url.rstrip("/"), metrics or found)
