"""Recognize ELF files and those that need no loader."""

import struct
from pathlib import Path
from typing import Final

_MAGIC: Final = b"\x7fELF"
_INTERPRETER: Final = 3
_64_BIT_LITTLE_ENDIAN: Final = b"\x02\x01"


def is_elf(path: Path) -> bool:
    """Return whether it is a program or a library; links do not count."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == _MAGIC


def is_static(path: Path) -> bool:
    """Return whether the program starts without a loader."""
    with path.open("rb") as file:
        head = file.read(64)
        if head[:4] != _MAGIC or head[4:6] != _64_BIT_LITTLE_ENDIAN:
            return False
        (start,) = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(start)
        table = file.read(size * count)
    kinds = [
        struct.unpack_from("<I", table, at)[0] for at in range(0, len(table), size)
    ]
    return _INTERPRETER not in kinds
