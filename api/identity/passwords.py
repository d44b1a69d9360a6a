"""Passwords hashed with argon2id, off the event loop and never too many at once.

m = 7 MiB, t = 5, p = 1 is the fastest of OWASP's equal parameter sets with four log-ins
at once (docs/decisions/0029); the library's default takes eight times as long.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from api.identity.errors import PasswordsBusy

T = TypeVar("T")

MEMORY_KIBIBYTES = 7_168
PASSES = 5
LANES = 1
WAITING_PER_CORE = 16


class Passwords:
    """Hashes and checks on one thread a core; refuses when too many wait."""

    def __init__(self, *, threads: int | None = None) -> None:
        cores = threads or len(os.sched_getaffinity(0))
        self._hasher = PasswordHasher(
            time_cost=PASSES,
            memory_cost=MEMORY_KIBIBYTES,
            parallelism=LANES,
            type=Type.ID,
        )
        self._executor = ThreadPoolExecutor(cores, thread_name_prefix="passwords")
        self._most_waiting = cores * WAITING_PER_CORE
        self._waiting = 0
        # Checked against when there is no such person, so that it takes as long.
        self._nobody = self._hasher.hash(os.urandom(16))

    async def hash(self, password: str) -> str:
        """Return the hash to keep; raises PasswordsBusy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, password: str, known_hash: str | None) -> bool:
        """Tell whether the password is right; None takes as long and never is.

        Raises PasswordsBusy.
        """
        right = await self._run(lambda: self._verify(password, known_hash))
        return right and known_hash is not None

    def is_outdated(self, known_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(known_hash)

    def stop(self) -> None:
        """Let the threads end."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, known_hash: str | None) -> bool:
        try:
            return self._hasher.verify(known_hash or self._nobody, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._most_waiting:
            raise PasswordsBusy
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, work)
        finally:
            self._waiting -= 1
