"""Stand-ins for programs of others (kubectl, pulumi), written in Python."""

import sys
from pathlib import Path

# The kernel splits the first line at a space, and the interpreter's path may have one:
# the shell starts Python, which reads the two lines of shell as a string.
_START = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
"""


def write_program(path: Path, source: str) -> None:
    """Write `source` as an executable program at `path`."""
    path.write_text(_START.format(python=sys.executable) + source, encoding="utf-8")
    path.chmod(0o755)
