"""`python -m bench.passwords`: the time of OWASP's equal argon2id parameter sets.

Four concurrent hashes share one core, like four log-ins share an API instance.
The sets are interleaved, so that other work on the machine slows all of them alike.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher, Type

SETS = ((47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5))
"""KiB of memory and passes; one lane each (OWASP, Password Storage Cheat Sheet)."""
AT_ONCE = 4
TURNS = 60


def measure() -> dict[tuple[int, int], list[float]]:
    """Return the milliseconds until each answer, by parameter set."""
    times: dict[tuple[int, int], list[float]] = {each: [] for each in SETS}
    with ThreadPoolExecutor(AT_ONCE) as executor:
        for _ in range(TURNS):
            for memory, passes in SETS:
                hasher = PasswordHasher(
                    memory_cost=memory, time_cost=passes, parallelism=1, type=Type.ID
                )
                began = time.perf_counter()

                def answer(
                    hasher: PasswordHasher = hasher, began: float = began
                ) -> float:
                    hasher.hash("correct horse battery")
                    return (time.perf_counter() - began) * 1000

                asked = [executor.submit(answer) for _ in range(AT_ONCE)]
                times[memory, passes] += [one.result() for one in asked]
    return times


def main() -> None:
    """Print the median and the 95th percentile of each set."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for (memory, passes), answers in measure().items():
        ordered = sorted(answers)
        middle, high = ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100]
        print(f"m={memory} t={passes}: p50 {middle:.0f} ms, p95 {high:.0f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
