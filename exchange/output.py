"""Standard output and standard error in any locale."""

import io
import sys


def escape_unencodable() -> None:
    """Print `?` for a character that the locale cannot encode, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
