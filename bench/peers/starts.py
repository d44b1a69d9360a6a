"""The record of a start by a worker, and the orders of a producer.

A start is two signed 64-bit integers in native order: the number of the job, and the
nanoseconds of the monotonic clock, which all processes of a machine share. Standard
library only: it runs in the peers' environment and in ours.
"""

import os
import struct
import sys
import time
from collections.abc import Callable

START = struct.Struct("=qq")


def note_start(record: int, number: int) -> None:
    """Write a start to a pipe, in one piece because it is shorter than PIPE_BUF."""
    os.write(record, START.pack(number, time.monotonic_ns()))


def answer_orders(enqueue: Callable[[int], object]) -> None:
    """Enqueue the orders on standard input until it ends.

    An order is a line `FIRST COUNT`. Its answer is a line `BEGAN TOOK`, both in
    nanoseconds, once all its jobs are enqueued one by one.
    """
    for order in sys.stdin:
        first, count = map(int, order.split())
        began = time.monotonic_ns()
        for number in range(first, first + count):
            enqueue(number)
        sys.stdout.write(f"{began} {time.monotonic_ns() - began}\n")
        sys.stdout.flush()
