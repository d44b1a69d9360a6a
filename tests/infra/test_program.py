"""The program: short, one for all stacks, in the order things are needed."""

from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform"


def test_the_program_fits_one_screen():
    lines = (PLATFORM / "__main__.py").read_text(encoding="utf-8").splitlines()

    assert len(lines) < 60


def test_stacks_differ_in_configuration_only(previews):
    graphs = {
        tuple((made["type"], made["name"]) for made in sorted_objects(objects))
        for objects in previews.values()
    }

    assert len(graphs) == 1


def sorted_objects(objects):
    return sorted(objects, key=lambda made: (made["type"], made["name"]))


def test_the_schema_is_brought_forward_before_anything_uses_it(objects):
    order = [made["type"] for made in objects]

    assert order.index("Job") < order.index("Deployment")
    assert order.index("Job") < order.index("Rollout")


def test_pulumi_finds_program_stacks_and_environment():
    project = msgspec.yaml.decode((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))

    assert (ROOT / project["main"] / "__main__.py").is_file()
    assert list((ROOT / project["stackConfigDir"]).glob("Pulumi.*.yaml"))
    assert project["runtime"]["options"] == {"virtualenv": ".venv"}
