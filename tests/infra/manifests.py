"""The pinned manifests, in the cache that the program reads.

They come from the Go modules that publish them, for a machine that reaches the module
proxy and not the address in pins.toml; each is checked against its pinned digest. A
missing manifest is an error: nothing is skipped.
"""

import functools
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from infra.manifests import cache_folder, store_file
from infra.pins import Manifest, Pins, read_pins

from tests.compiled import find_go

SOURCE = re.compile(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/(v(\d+)[^/]+)/")
DOWNLOAD_SECONDS = 300


class ManifestMissing(Exception):
    """A pinned manifest is neither in the cache nor in the module that publishes it."""


@functools.cache
def shelved() -> Pins:
    """Put every manifest into the cache, return the pins; raises ManifestMissing."""
    pins = read_pins(None)
    for manifest in pins.manifests.values():
        missing = {
            name: digest
            for name, digest in files_of(manifest).items()
            if not (cache_folder() / digest).is_file()
        }
        if missing:
            fetch(missing)
    return pins


def files_of(manifest: Manifest) -> dict[str, str]:
    """Return the pinned digest of each file, by its address."""
    if manifest.sha256 is not None:
        return {manifest.url: manifest.sha256}
    return {manifest.url + name: digest for name, digest in manifest.files.items()}


def fetch(missing: dict[str, str]) -> None:
    """Put files of one module into the cache."""
    for address, digest in missing.items():
        found = SOURCE.match(address)
        assert found, f"{address} is in no Go module that we know how to name"
        repository, version, major = found.groups()
        suffix = f"/v{major}" if int(major) > 1 else ""
        folder = module_folder(f"github.com/{repository}{suffix}@{version}")
        body = (folder / address[found.end() :]).read_bytes()
        if hashlib.sha256(body).hexdigest() != digest:
            message = f"{address} in its module is not what pins.toml pins"
            raise ManifestMissing(message)
        store_file(body, cache_folder() / digest)


@functools.cache
def module_folder(module: str) -> Path:
    """Download one Go module and return its folder."""
    done = subprocess.run(
        [str(find_go()), "mod", "download", "-json", module],
        cwd="/",
        # Our own digests are stricter than the database of checksums.
        env=os.environ | {"GONOSUMDB": "*", "GOFLAGS": "", "GOTOOLCHAIN": "local"},
        capture_output=True,
        text=True,
        check=False,
        timeout=DOWNLOAD_SECONDS,
    )
    told = json.loads(done.stdout or "{}")
    if "Dir" not in told:
        said = told.get("Error") or done.stderr.strip()
        message = f"manifests are missing and {module} could not be downloaded: {said}"
        raise ManifestMissing(message)
    return Path(told["Dir"])


def bodies() -> Iterator[bytes]:
    """Every pinned file."""
    for manifest in shelved().manifests.values():
        for digest in files_of(manifest).values():
            yield (cache_folder() / digest).read_bytes()
