"""Every recipe is pinned, complete, and stamps the version that it compiles."""

import re
from pathlib import Path

import pytest

from lab.cluster.building import folder_of
from lab.cluster.places import RECIPES, Places
from lab.cluster.recipes import EVERYTHING, KUBERNETES, PROVIDER, PULUMI, Recipe


def required(folder):
    """Return module and version of every requirement in a go.mod."""
    text = (RECIPES / folder / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^\s*(?:require )?(\S+) (v\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("recipe", EVERYTHING, ids=lambda recipe: recipe.folder)
def test_a_recipe_is_pinned_by_go_mod_and_go_sum(recipe):
    folder = RECIPES / recipe.folder

    assert (folder / "go.mod").is_file()
    assert (folder / "go.sum").stat().st_size > 0
    assert recipe.programs


def test_no_recipe_is_forgotten():
    folders = {path.parent.name for path in RECIPES.glob("*/go.mod")}

    assert folders == {recipe.folder for recipe in EVERYTHING}


@pytest.mark.parametrize(
    ("folder", "module", "version"),
    [
        ("kubernetes", "k8s.io/kubernetes", KUBERNETES),
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3", PULUMI),
        ("pulumi-kubernetes", "github.com/pulumi/pulumi-kubernetes/sdk/v4", PROVIDER),
    ],
)
def test_a_stamped_version_is_the_pinned_one(folder, module, version):
    assert required(folder)[module] == f"v{version}"


@pytest.mark.parametrize("recipe", EVERYTHING, ids=lambda recipe: recipe.folder)
def test_a_stamp_that_names_a_version_names_the_pinned_one(recipe):
    pinned = set(required(recipe.folder).values())

    for stamp in recipe.stamps:
        version = re.search(r"=v?(\d+\.\d+\.\d+)$", stamp)
        if version and recipe.folder != "pulumi-python":
            assert f"v{version[1]}" in pinned, stamp


def test_another_recipe_has_another_folder():
    places = Places(state=Path("state"), cache=Path("cache"))
    one = Recipe("coredns", EVERYTHING[0].programs)
    other = Recipe("coredns", EVERYTHING[0].programs, tags="other")

    assert folder_of(places, one) == folder_of(places, one)
    assert folder_of(places, one) != folder_of(places, other)
