"""The release of the project that this process runs."""

from importlib import metadata

NAME = "holdfast"


def release() -> str:
    """Return the installed version; `unknown` where the code runs without one."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return "unknown"
