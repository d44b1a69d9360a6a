"""Pinned images and manifests: `pins.toml`, merged with a stack's own file."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from infra.setting_fields import InvalidSetting

PINS: Final = Path(__file__).parents[1] / "pins.toml"
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Digest = Annotated[str, Meta(pattern="^(sha256:[0-9a-f]{64})?$")]
Word = Annotated[str, Meta(min_length=1)]


class Image(Struct, frozen=True, forbid_unknown_fields=True):
    """One image; the digest takes precedence if it is known."""

    ref: Word
    tag: Word
    digest: Digest = ""
    command: str = ""
    """The program to start, if it is not the image's entry point."""

    @property
    def reference(self) -> str:
        """Return the reference for a pod; the tag stays readable beside the digest."""
        tagged = f"{self.ref}:{self.tag}"
        return f"{tagged}@{self.digest}" if self.digest else tagged


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Objects of an operator's release: one file, or several below one address."""

    version: Word
    namespace: Word
    """Namespace of objects that name none."""
    url: str = ""
    path: str = ""
    """A local file or folder instead of the address."""
    sha256: Sha256 | None = None
    files: dict[str, Sha256] = {}
    """By name below the address; if empty, the address is the only file."""
    images: dict[str, str] = {}
    """The name in `[images]` of each image in the manifest."""
    patches: dict[str, str] = {}
    """By object, the file in `files` that patches it (RFC 6902)."""

    def __post_init__(self) -> None:
        """Refuse a manifest without digests."""
        if not (self.url or self.path):
            raise ValueError("wants an url or a path")
        if bool(self.files) == bool(self.sha256):
            raise ValueError("wants either a sha256 or files")


class Pins(Struct, frozen=True, forbid_unknown_fields=True):
    """All pins by name."""

    images: dict[str, Image]
    manifests: dict[str, Manifest]

    def image(self, name: str) -> str:
        """Return the reference of an image; raises `InvalidSetting` if unknown."""
        try:
            return self.images[name].reference
        except KeyError:
            raise InvalidSetting("pins", f"names no image {name!r}") from None

    def manifest(self, name: str) -> Manifest:
        """Return a manifest; raises `InvalidSetting` if unknown."""
        try:
            return self.manifests[name]
        except KeyError:
            raise InvalidSetting("pins", f"names no manifest {name!r}") from None


def read_pins(overlay: Path | None) -> Pins:
    """Return the committed pins merged with `overlay`; raises `InvalidSetting`."""
    pinned = _parsed(PINS)
    if overlay is not None:
        pinned = merge_pins(pinned, _with_whole_paths(_parsed(overlay), overlay.parent))
    try:
        return msgspec.convert(pinned, Pins)
    except msgspec.ValidationError as error:
        raise InvalidSetting("pins", f"is not usable: {error}") from None


def merge_pins(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables entry by entry and replace other values.

    A manifest that is one file in `over` and several in `under` becomes the one file. A
    digest in `under` is dropped if `over` changes the tag.
    """
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge_pins(below, value)
        else:
            merged[key] = value
    if "sha256" in over:
        merged.pop("files", None)
        merged.pop("patches", None)
    if "tag" in over and "digest" not in over:
        merged.pop("digest", None)
    return merged


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InvalidSetting("pins", f"is not readable: {error}") from None


def _with_whole_paths(pinned: dict[str, Any], folder: Path) -> dict[str, Any]:
    manifests = pinned.get("manifests", {})
    for manifest in manifests.values():
        if isinstance(manifest, dict) and "path" in manifest:
            manifest["path"] = str(folder / str(manifest["path"]))
    return pinned
