"""A folder as one layer: the same files make the same bytes, for every builder."""

import hashlib
import io
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from msgspec import Struct
from typing_extensions import Buffer

from lab.images.image import EPOCH

LOW_PORTS: Final = {
    "SCHILY.xattr.security.capability": "\x01\x00\x00\x02\x00\x04" + "\x00" * 14
}
"""The file capability CAP_NET_BIND_SERVICE, effective, as the kernel stores it."""


class Layer(Struct, frozen=True):
    """The digest and size of one layer. Uncompressed, so its two digests are one."""

    digest: str
    size: int
    """Size of the archive, in bytes."""
    unpacked: int
    """Size of its files, in bytes."""


class _Hashed(io.RawIOBase):
    """Counts and digests the bytes written through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        content = bytes(data)
        self.digest.update(content)
        self.size += len(content)
        return self._file.write(content)


def pack(
    root: Path,
    archive: Path,
    *,
    owners: dict[str, int] | None = None,
    low_ports: str = "",
) -> Layer:
    """Write `root` as an archive, sorted, with one time and given owners.

    `owners` are ids by absolute path in the image; all other files are root's. The
    program at `low_ports` may listen there. The folder's own name is not used.
    """
    owned = owners or {}
    unpacked = 0
    with archive.open("wb") as file:
        hashed = _Hashed(file)
        with tarfile.open(fileobj=hashed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for path in _sorted(root):
                name = path.relative_to(root).as_posix()
                entry = _entry(tar, path, name, owned.get(f"/{name}", 0))
                if low_ports == f"/{name}":
                    entry.pax_headers = LOW_PORTS
                if not entry.isreg():
                    tar.addfile(entry)
                    continue
                unpacked += entry.size
                with path.open("rb") as content:
                    tar.addfile(entry, content)
    return Layer(f"sha256:{hashed.digest.hexdigest()}", hashed.size, unpacked)


def _entry(tar: tarfile.TarFile, path: Path, name: str, owner: int) -> tarfile.TarInfo:
    entry = tar.gettarinfo(str(path), arcname=name)
    entry.mtime = EPOCH
    entry.uid = entry.gid = owner
    entry.uname = entry.gname = ""
    if entry.islnk():  # the walk's order would decide which is the link
        entry.type, entry.linkname = tarfile.REGTYPE, ""
        entry.size = path.stat().st_size
    entry.mode = stat.S_IMODE(entry.mode)
    return entry


def _sorted(root: Path) -> Iterator[Path]:
    yield from sorted(root.rglob("*"), key=lambda path: path.relative_to(root).parts)
