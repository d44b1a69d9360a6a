"""A queue in a file that forgets one job, or runs it twice; never imported.

`leaky_queue.py FAULT FILE work|put URL [RECORD]`; URL is for other queues.
"""

import os
import sys
import time
from pathlib import Path

from bench.peers.starts import answer_orders, note_start

HURT = 7


def work(fault, file, record):
    times = {"loses": 0, "repeats": 2, "works": 1}[fault]
    with file.open() as jobs:
        while True:
            line = jobs.readline()
            if not line:
                time.sleep(0.01)
                continue
            number = int(line)
            for _ in range(times if number == HURT else 1):
                note_start(record, number)


if __name__ == "__main__":
    fault, queue_file, role = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if role == "work":
        work(fault, queue_file, os.open(sys.argv[5], os.O_WRONLY))
    else:
        with queue_file.open("a", buffering=1) as enqueued:
            answer_orders(lambda number: enqueued.write(f"{number}\n"))
