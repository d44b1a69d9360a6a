"""The Pulumi program: short, one for all stacks, in dependency order."""

from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform"


def test_the_program_fits_one_screen():
    lines = (PLATFORM / "__main__.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) < 60


def test_stacks_differ_in_configuration_only(completed, preview_all, previews):
    """A stack with another stack's settings equals that stack."""
    told = completed("development")
    told["stack"] = "production"
    (preview,) = preview_all([told])

    assert graph_of(preview["objects"]) == graph_of(previews["development"])


def graph_of(objects):
    return sorted((made["type"], made["name"]) for made in objects)


def test_pulumi_finds_program_stacks_and_environment():
    project = msgspec.yaml.decode((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))

    assert (ROOT / project["main"] / "__main__.py").is_file()
    assert list((ROOT / project["stackConfigDir"]).glob("Pulumi.*.yaml"))
    assert project["runtime"]["options"] == {"virtualenv": ".venv"}
