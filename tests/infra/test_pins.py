"""Each image and manifest is pinned once, verified before use, and replaceable."""

import base64
import hashlib
import re
import shutil

import pytest
from infra.manifests import (
    InvalidManifest,
    apply_patch,
    cache_folder,
    objects_of,
    verified_bytes,
)
from infra.operator_objects import adapt_object
from infra.operators import FOR_DATA, FOR_PROGRAMS, objects_of_operator
from infra.pins import PINS, Manifest, read_pins
from infra.setting_fields import InvalidSetting

from tests.infra.manifests import files_of, shelved
from tests.infra.standards import pods_of


def overlay(tmp_path, text):
    path = tmp_path / "pins.toml"
    path.write_text(text)
    return path


def test_an_image_is_referenced_by_its_digest_if_known(tmp_path):
    digest = f"sha256:{'b' * 64}"
    pins = read_pins(overlay(tmp_path, f'[images.redis]\ndigest = "{digest}"\n'))

    assert pins.image("redis").endswith(f"@{digest}")
    assert pins.image("haproxy") == read_pins(None).image("haproxy")


def test_an_overlay_replaces_an_image_and_leaves_the_others(tmp_path):
    pins = read_pins(
        overlay(tmp_path, '[images.redis]\nref = "localhost/redis"\ntag = "7"\n')
    )

    assert pins.image("redis") == "localhost/redis:7"
    assert pins.image("postgres") == read_pins(None).image("postgres")


def test_a_mirror_serves_the_same_image(tmp_path):
    pinned = read_pins(None).image("redis")
    mirrored = overlay(tmp_path, '[images.redis]\nref = "mirror.example/redis"\n')

    _, _, digest = pinned.partition("@")
    assert read_pins(mirrored).image("redis").startswith("mirror.example/redis:")
    assert read_pins(mirrored).image("redis").endswith(digest)


def test_third_party_images_are_pinned_by_digest():
    """Two independent sources confirm each, except KEDA's newest."""
    unknown = {name for name, one in read_pins(None).images.items() if not one.digest}

    assert unknown == {"keda", "keda-adapter"}


BROKEN = {
    "a word that nobody reads": '[images.redis]\nsum = "1"\n',
    "a digest that is none": '[images.redis]\ndigest = "sha256:12"\n',
    "an image without a tag": '[images.new]\nref = "localhost/new"\n',
    "a manifest that nothing verifies": (
        '[manifests.new]\nversion = "1"\nnamespace = "new"\nurl = "https://a.example"\n'
    ),
    "no TOML": "images =",
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_unusable_overlay_is_named(tmp_path, case):
    with pytest.raises(InvalidSetting, match=r"holdfast:pins is not (usable|readable)"):
        read_pins(overlay(tmp_path, BROKEN[case]))


def test_an_unpinned_image_is_named():
    with pytest.raises(InvalidSetting, match="names no image 'nginx'"):
        read_pins(None).image("nginx")


def test_a_changed_manifest_is_refused(tmp_path):
    path = tmp_path / "manifest.yaml"
    path.write_text("kind: Namespace\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    assert verified_bytes(str(path), digest) == path.read_bytes()
    path.write_text("kind: ClusterRole\n")
    with pytest.raises(InvalidManifest, match="is not the file with the sha256"):
        verified_bytes(str(path), digest)


def test_a_missing_manifest_is_named(tmp_path):
    with pytest.raises(InvalidManifest, match="is not readable"):
        verified_bytes(str(tmp_path / "none.yaml"), "0" * 64)


def test_a_local_copy_is_read_instead_of_the_address(tmp_path):
    """As on a machine without a network; the digest must still be the pinned one."""
    (digest,) = files_of(shelved().manifests["argo-rollouts"]).values()
    shutil.copy(cache_folder() / digest, tmp_path / "argo.yaml")
    pins = read_pins(
        overlay(tmp_path, '[manifests.argo-rollouts]\npath = "argo.yaml"\n')
    )

    assert objects_of(pins.manifest("argo-rollouts"))


def test_several_files_may_become_one(tmp_path):
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: keda}\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    (tmp_path / "keda.yaml").write_text(text)
    pins = read_pins(
        overlay(
            tmp_path,
            f'[manifests.keda]\npath = "keda.yaml"\nsha256 = "{digest}"\n',
        )
    )

    (made,) = objects_of(pins.manifest("keda"))
    assert made["kind"] == "Service"


def test_a_patch_changes_only_its_object():
    patch = [{"op": "add", "path": "/spec/minimum", "value": 0}]

    assert apply_patch({"spec": {}}, patch)["spec"] == {"minimum": 0}
    assert apply_patch({"spec": {}}, None)["spec"] == {}


def test_keda_counts_by_container_port_and_protocol():
    """Without the patch the API server refuses the definition."""
    (jobs,) = [
        made
        for made in objects_of(shelved().manifests["keda"])
        if made["metadata"]["name"] == "scaledjobs.keda.sh"
    ]
    spec = jobs["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]
    template = spec["spec"]["properties"]["jobTargetRef"]["properties"]["template"]
    containers = template["properties"]["spec"]["properties"]["containers"]
    ports = containers["items"]["properties"]["ports"]["items"]

    assert {"containerPort", "protocol"} <= set(ports["required"])


@pytest.mark.parametrize("operator", [*FOR_DATA, *FOR_PROGRAMS])
def test_no_image_of_a_manifest_is_unpinned(operator):
    pins = shelved()
    ours = {image.reference for image in pins.images.values()}
    asked = {
        container["image"]
        for made in objects_of_operator(operator, pins)
        if made["kind"] == "Deployment"
        for container in made["spec"]["template"]["spec"]["containers"]
    }

    assert asked
    assert asked <= ours


def test_an_operator_gets_our_images_too():
    """It starts pods of its own from them."""
    pins = shelved()
    (told,) = [
        base64.b64decode(made["data"]["SIDECAR_IMAGE"]).decode()
        for made in objects_of_operator("barman-cloud", pins)
        if made["kind"] == "Secret"
    ]
    (operator,) = [
        m
        for m in objects_of_operator("cloudnative-pg", pins)
        if m["kind"] == "Deployment"
    ]

    assert told == pins.image("barman-sidecar")
    assert {"name": "OPERATOR_IMAGE_NAME", "value": pins.image("cnpg-operator")} in (
        operator["spec"]["template"]["spec"]["containers"][0]["env"]
    )


def test_an_object_without_a_namespace_is_put_into_its_own():
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    role = {"apiVersion": "v1", "kind": "ClusterRole", "metadata": {"name": "a"}}

    assert adapt_object(account, "here", {})["metadata"]["namespace"] == "here"
    assert "namespace" not in adapt_object(role, "here", {})["metadata"]


def test_no_pin_is_a_moving_tag():
    text = PINS.read_text(encoding="utf-8")

    assert not re.search(r'tag = "(latest|main|master)"', text)
    assert not re.search(r"githubusercontent\.com/[^/]+/[^/]+/(main|master)/", text)


def test_every_image_of_a_pod_is_pinned(objects):
    ours = {image.reference for image in shelved().images.values()}
    asked = {
        container["image"]
        for _, pod in pods_of(objects)
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    }

    assert {
        image for image in asked - ours if not image.startswith("holdfast:")
    } == set()


def test_a_manifest_needs_exactly_one_way_to_be_verified():
    with pytest.raises(ValueError, match="either a sha256 or files"):
        Manifest(version="1", namespace="a", url="https://a.example")
