"""One at a time: whoever starts or stops a platform holds its lock."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local.places import PRIVATE_FILE, Places


@contextmanager
def locked(places: Places, *, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of the state root; call `waiting` once if another has it.

    The kernel frees the lock when its holder ends, however it ends.
    """
    places.root.mkdir(parents=True, exist_ok=True)
    places.lock.touch(mode=PRIVATE_FILE)
    with places.lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
