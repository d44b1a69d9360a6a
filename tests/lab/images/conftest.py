"""Really built images: built once, or from the cache of the commands."""

import subprocess
import sys
import tarfile

import msgspec
import pytest

from lab.images.cache import cache_folder
from lab.images.workplace import workplace

SEALED = (
    'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; '
    'mount -t tmpfs tmpfs "$0/tmp"; mount --rbind /dev "$0/dev"; '
    'exec env -i "$2" /usr/sbin/chroot --userspec="$1:$1" "$0" "${@:3}"'
)
"""As a pod runs: a read-only root, a scratch folder, an id without rights."""


@pytest.fixture(scope="session")
def command():
    """Run `python -m lab.images` in a changed environment."""

    def run(*words, **options):
        argv = [sys.executable, "-m", "lab.images", *map(str, words)]
        return subprocess.run(
            argv, capture_output=True, text=True, check=False, **options
        )

    return run


@pytest.fixture(scope="session")
def build(command, tmp_path_factory):
    """Build an image, or take it from the cache; return its list entry and archive."""
    out = tmp_path_factory.mktemp("images")

    def run(name, *options):
        done = command("build", "--out", out, *options, name)
        assert done.returncode == 0, done.stderr
        listed = msgspec.json.decode((out / "images.json").read_bytes())
        (entry,) = [entry for entry in listed if entry["name"] == name]
        return entry, out / entry["archive"]

    return run


@pytest.fixture(scope="session")
def opened():
    """Return index, manifest and configuration of an archive, and its blobs."""

    def read(archive):
        with tarfile.open(archive) as tar:
            read_out = ((one.name, tar.extractfile(one)) for one in tar)
            files = {name: file.read() for name, file in read_out if file}

        def blob(described):
            return files["blobs/" + described["digest"].replace(":", "/")]

        index = msgspec.json.decode(files["index.json"])
        manifest = msgspec.json.decode(blob(index["manifests"][0]))
        return index, manifest, msgspec.json.decode(blob(manifest["config"])), files

    return read


@pytest.fixture(scope="session")
def unpack(opened):
    """Lay the layers of an archive into a folder, as a container runtime would."""

    def lay(archive, root):
        _, manifest, _, files = opened(archive)
        for layer in manifest["layers"]:
            content = files["blobs/" + layer["digest"].replace(":", "/")]
            argv = ["tar", "--extract", "--preserve-permissions", "--directory", root]
            subprocess.run(argv, input=content, check=True)

    return lay


@pytest.fixture(scope="session")
def sealed():
    """Run a program in an unpacked image as an ordinary pod would."""

    def run(root, user, path, *words):
        isolated = ["unshare", "--mount", "bash", "-euc", SEALED, root, user]
        isolated += [f"PATH={path}", *words]
        return subprocess.run(
            list(map(str, isolated)), capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def place():
    """A folder in memory for whole systems."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    with workplace(cache) as folder:
        yield folder
