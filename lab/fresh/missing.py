"""Programs that a command did not find, read from its output."""

import re
from typing import Final

_NAME: Final = r"(?P<name>[\w./+-]+)"
_SIGNS: Final = tuple(
    re.compile(sign, re.MULTILINE)
    for sign in (
        rf"FileNotFoundError: \[Errno 2\] No such file or directory: '{_NAME}'",
        rf"^\S*sh: (?:\d+|line \d+): {_NAME}: (?:command )?not found",
        rf"^{_NAME}: No such file or directory$",
        rf"^/usr/bin/env: .?{_NAME}.?: No such file or directory",
        rf"exec: \"{_NAME}\": executable file not found",
    )
)


def missing_programs(output: str) -> set[str]:
    """Return the name of every program that a line reports as missing.

    A path with a folder in it is a missing file, not a program, unless the folder is
    one of those that hold programs.
    """
    names = {found["name"] for sign in _SIGNS for found in sign.finditer(output)}
    return {
        name
        for name in names
        if "/" not in name or re.match(r"^/(usr/)?(local/)?s?bin/", name)
    }
