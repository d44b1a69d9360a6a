"""An archive is a complete OCI layout: it contains every digest it names."""

import hashlib

import pytest

from lab.images.image import Binary, Image, Packages
from lab.images.layer import pack
from lab.images.layout import describe, write_archive

IMAGE = Image(
    name="tried",
    tag="3",
    about="two layers",
    files=Packages(("base-files",)),
    program=Binary("program", "/program"),
    account="somebody:26",
    command=("/program", "--on"),
    environment=(("LANG", "C.UTF-8"),),
    workdir="/data",
)


@pytest.fixture
def layers(tmp_path):
    made = []
    for name in ("files", "program"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
        archive = tmp_path / f"{name}.tar"
        made.append((pack(tmp_path / name, archive), archive))
    return made


@pytest.fixture
def archive(layers, tmp_path):
    described = describe(IMAGE, [layer for layer, _ in layers])
    write_archive(IMAGE, described, layers, tmp_path / "image.tar")
    return tmp_path / "image.tar"


def test_every_blob_has_the_digest_in_its_name(archive, opened):
    *_, files = opened(archive)
    blobs = {name: content for name, content in files.items() if "blobs/" in name}

    assert len(blobs) == 4
    for name, content in blobs.items():
        assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def test_every_named_blob_exists_with_its_size(archive, opened):
    index, manifest, _, files = opened(archive)
    named = [*index["manifests"], manifest["config"], *manifest["layers"]]

    assert files["oci-layout"] == b'{"imageLayoutVersion":"1.0.0"}'
    for one in named:
        content = files["blobs/" + one["digest"].replace(":", "/")]
        assert len(content) == one["size"]


def test_the_configuration_lists_the_layers_in_order(archive, opened, layers):
    _, manifest, config, _ = opened(archive)
    digests = [layer.digest for layer, _ in layers]

    assert config["rootfs"] == {"type": "layers", "diff_ids": digests}
    assert [one["digest"] for one in manifest["layers"]] == digests
    assert config["config"] == {
        "User": "26:26",
        "WorkingDir": "/data",
        "Env": ["LANG=C.UTF-8"],
        "Entrypoint": ["/program", "--on"],
    }


def test_containerd_gets_the_name(archive, opened):
    index, *_ = opened(archive)
    (entry,) = index["manifests"]

    assert entry["annotations"]["io.containerd.image.name"] == "localhost/tried:3"


def test_the_same_layers_make_the_same_archive(archive, layers, tmp_path):
    described = describe(IMAGE, [layer for layer, _ in layers])
    write_archive(IMAGE, described, layers, tmp_path / "again.tar")

    assert (tmp_path / "again.tar").read_bytes() == archive.read_bytes()


def test_a_failure_leaves_no_partial_archive(layers, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    described = describe(IMAGE, [layer for layer, _ in layers])
    layers[1][1].unlink()

    with pytest.raises(FileNotFoundError):
        write_archive(IMAGE, described, layers, out / "image.tar")

    assert list(out.iterdir()) == []
