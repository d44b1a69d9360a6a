"""A layer's bytes depend on its files only."""

import os
import tarfile

import pytest

from lab.images.image import EPOCH
from lab.images.layer import pack

NAMES = ["b/2", "a", "b/1", "c.d/x", "c/y"]


def plant(root, names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / "link").symlink_to("a")


@pytest.fixture
def trees(tmp_path):
    """The same files, made in another order at another time."""
    one, two = tmp_path / "one", tmp_path / "two"
    plant(one, NAMES)
    plant(two, NAMES[::-1])
    os.utime(two / "a", (1, 1))
    return one, two


def entries(archive):
    with tarfile.open(archive) as tar:
        return {entry.name: entry for entry in tar}


def test_the_same_files_make_the_same_bytes(trees, tmp_path):
    layers = [pack(tree, tmp_path / f"{tree.name}.tar") for tree in trees]

    assert layers[0] == layers[1]
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


@pytest.mark.parametrize("planted", ["content", "name", "mode", "link"])
def test_any_other_file_changes_the_digest(trees, tmp_path, planted):
    one, two = trees
    if planted == "content":
        (two / "a").write_text("A")
    elif planted == "name":
        (two / "a").rename(two / "A")
    elif planted == "mode":
        (two / "a").chmod(0o755)
    else:
        (two / "link").unlink()
        (two / "link").symlink_to("b")

    digests = {pack(tree, tmp_path / "layer.tar").digest for tree in (one, two)}

    assert len(digests) == 2


def test_every_file_has_one_time_and_belongs_to_root(trees, tmp_path):
    pack(trees[0], tmp_path / "layer.tar", owners={"/b": 26})
    packed = entries(tmp_path / "layer.tar")

    assert {entry.mtime for entry in packed.values()} == {EPOCH}
    assert {name for name, entry in packed.items() if entry.uid or entry.gid} == {"b"}
    assert (packed["b"].uid, packed["b"].gid) == (26, 26)
    assert {entry.uname + entry.gname for entry in packed.values()} == {""}


def test_parents_come_before_their_files(trees, tmp_path):
    pack(trees[0], tmp_path / "layer.tar")
    names = list(entries(tmp_path / "layer.tar"))

    assert names.index("b") < names.index("b/1") < names.index("b/2")


def test_a_file_with_two_names_is_whole_under_both(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "one").write_text("content")
    (root / "two").hardlink_to(root / "one")

    layer = pack(root, tmp_path / "layer.tar")

    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert {entry.type for entry in tar} == {tarfile.REGTYPE}
        assert {entry.size for entry in tar} == {len("content")}
    assert layer.unpacked == 2 * len("content")


def test_only_one_program_may_listen_low(trees, tmp_path):
    pack(trees[0], tmp_path / "layer.tar", low_ports="/b/1")
    packed = entries(tmp_path / "layer.tar")

    may = [name for name, entry in packed.items() if entry.pax_headers]
    assert may == ["b/1"]
    assert "SCHILY.xattr.security.capability" in packed["b/1"].pax_headers
