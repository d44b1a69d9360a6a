"""Run a program from an unpacked Debian package as if it were installed.

Debian's Prometheus and Alertmanager read their pages and templates from
/usr/share/prometheus. In its own mount namespace the program sees the unpacked folder
laid over /usr/share; other processes do not.
"""

import subprocess
from functools import cache
from pathlib import Path

LAY_OVER = (
    'mount -t overlay overlay -o lowerdir="$0":/usr/share /usr/share && exec "$@"'
)


def as_installed(tools: Path, command: list[str]) -> list[str]:
    """Return a command line with which an unpacked program finds its files.

    The command is unchanged for an installed program. The process id stays the same.
    """
    if not Path(command[0]).is_relative_to(tools):
        return command
    return [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        LAY_OVER,
        str(tools / "usr" / "share"),
        *command,
    ]


@cache
def can_lay_over(tools: Path) -> bool:
    """Tell whether the kernel allows this user to mount over a folder."""
    if not (tools / "usr" / "share").is_dir():
        return False
    [*wrapper, _] = as_installed(tools, [str(tools)])
    probe = [*wrapper, "true"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            probe, capture_output=True, check=False, timeout=10
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
