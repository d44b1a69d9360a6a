"""Docker and our builder follow one Containerfile, and it has nothing else."""

import pytest
from infra.security import USER

from lab.images.catalogue import all_images
from lab.images.checkout import sources_of
from lab.images.containerfile import ContainerfileUnread, Copy, Run, read_containerfile
from lab.images.image import EPOCH
from lab.images.ours import CHECKOUT, CONTAINERFILE

FILE = CHECKOUT / CONTAINERFILE


def spoilt(tmp_path, old, new):
    text = FILE.read_text()
    assert old in text
    (tmp_path / "Containerfile").write_text(text.replace(old, new))
    return tmp_path / "Containerfile"


def test_every_command_is_the_shared_script():
    read = read_containerfile(FILE)
    commands = [
        step.command
        for step in (*read.furnishing, *read.making)
        if isinstance(step, Run)
    ]

    assert [command.split()[:2] for command in commands] == [
        ["/steps/install.sh", "tools"],
        ["/steps/install.sh", "image"],
    ]


def test_the_scripts_are_those_beside_it():
    read = read_containerfile(FILE)
    steps = (*read.furnishing, *read.making)
    files = {
        str(file.relative_to(CHECKOUT / "platform" / "image"))
        for file in sources_of(steps, CHECKOUT)
        if "platform" in file.parts
    }

    assert files == {"install.sh", "unpack.sh"}


def test_docker_gets_the_time_of_every_file():
    assert read_containerfile(FILE).epoch == EPOCH


def test_the_pods_run_it_as_its_named_user():
    (ours,) = [image for image in all_images(CHECKOUT) if image.name == "holdfast"]

    assert ours.user == USER


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("FROM scratch", "FROM debian:bookworm-slim", "FROM scratch"),
        ("WORKDIR /tmp", "HEALTHCHECK CMD true", "HEALTHCHECK"),
        ("USER 10001:10001\n", "", "USER"),
        ("--from=build /image /", "--from=build /image /opt", "one folder"),
    ],
)
def test_unsupported_instructions_are_refused(tmp_path, old, new, named):
    with pytest.raises(ContainerfileUnread, match=named):
        read_containerfile(spoilt(tmp_path, old, new))


def test_our_builder_runs_the_steps_in_their_order(tmp_path):
    """A step added to the file is done here too: there is no second recipe."""
    checkout = tmp_path / "checkout"
    (checkout / "api").mkdir(parents=True)
    (checkout / "api" / "one.py").write_text("1")
    (checkout / "api" / "__pycache__").mkdir()
    (checkout / "api" / "__pycache__" / "one.pyc").write_text("")
    read = read_containerfile(
        spoilt(tmp_path, "COPY targets", "COPY api /source/planted\nCOPY targets")
    )
    steps = [step for step in read.making if isinstance(step, Copy)]
    planted = [step for step in steps if step.sources == ("api",)]

    assert [step.target for step in planted] == ["/source/api", "/source/planted"]
    assert sources_of(planted[:1], checkout) == [checkout / "api" / "one.py"]
