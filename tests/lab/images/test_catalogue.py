"""The catalogue: names that pods use, and their operators' requirements."""

import pytest

from lab.images.catalogue import ImageUnknown, all_images, chosen
from lab.images.image import Packages
from lab.images.ours import CHECKOUT

IMAGES = {image.name: image for image in all_images(CHECKOUT)}


def test_names_are_unique():
    assert len(IMAGES) == len(all_images(CHECKOUT))


def test_no_image_could_be_pulled():
    assert {image.reference.split("/")[0] for image in IMAGES.values()} == {"localhost"}


def test_the_release_of_our_image_can_be_named():
    ours, *others = all_images(CHECKOUT, release="next")

    assert ours.reference == "localhost/holdfast:next"
    assert "next" not in {image.tag for image in others}


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ImageUnknown, match=r"'postgres'.*postgresql"):
        chosen(list(IMAGES.values()), ["postgres"])


def test_no_name_means_all():
    assert chosen(list(IMAGES.values()), []) == list(IMAGES.values())


def test_cloudnativepg_reads_the_major_version_from_the_tag():
    postgresql = IMAGES["postgresql"]

    assert isinstance(postgresql.files, Packages)
    assert f"postgresql-{postgresql.tag}" in postgresql.files.names
    assert postgresql.command == ()


def test_the_manager_is_where_cloudnativepg_expects_it():
    operator = IMAGES["cnpg-operator"]

    assert operator.workdir == "/"
    assert operator.command == ("/manager",)
    assert operator.program is not None
    assert operator.program.at.startswith("/operator/manager_")
