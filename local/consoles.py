"""Consoles and exit statuses of the commands."""

import signal
import sys
from typing import NoReturn

from rich.console import Console

FAILED = 1
REFUSED = 2
INTERRUPTED = 128 + signal.SIGINT

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print one plain line."""
    console.print(text, markup=False, soft_wrap=True)


def refuse(reason: str) -> NoReturn:
    """Print why the command cannot run, and exit."""
    errors.print(reason, style="red", markup=False, soft_wrap=True)
    sys.exit(REFUSED)
