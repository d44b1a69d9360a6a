"""Every image and manifest by version: `pins.toml`, and what a stack lays over it."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from infra.reading import SettingWrong

PINS: Final = Path(__file__).parents[1] / "pins.toml"
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Digest = Annotated[str, Meta(pattern="^(sha256:[0-9a-f]{64})?$")]
Word = Annotated[str, Meta(min_length=1)]


class Image(Struct, frozen=True, forbid_unknown_fields=True):
    """One image; the digest decides where it is known."""

    ref: Word
    tag: Word
    digest: Digest = ""
    command: str = ""
    """What it starts, where its own entry point is another."""

    @property
    def reference(self) -> str:
        """What a pod asks for. The tag stays readable beside the digest."""
        tagged = f"{self.ref}:{self.tag}"
        return f"{tagged}@{self.digest}" if self.digest else tagged


class Manifest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Objects that others publish: one file, or several below one address."""

    version: Word
    namespace: Word
    """Where its objects live; those that name none are put there."""
    url: str = ""
    path: str = ""
    """A local file or folder that is read instead."""
    sha256: Sha256 | None = None
    files: dict[str, Sha256] = {}
    """By name below the address; without any, the address is the one file."""
    images: dict[str, str] = {}
    """Of each image in the manifest, our name for it."""
    patches: dict[str, str] = {}
    """By object, the file among `files` that changes it (RFC 6902)."""

    def __post_init__(self) -> None:
        """A manifest that nothing verifies is refused."""
        if not (self.url or self.path):
            raise ValueError("wants an url or a path")
        if bool(self.files) == bool(self.sha256):
            raise ValueError("wants either a sha256 or files")


class Pins(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything pinned, by name."""

    images: dict[str, Image]
    manifests: dict[str, Manifest]

    def image(self, name: str) -> str:
        """The reference of an image; raises `SettingWrong` for an unknown name."""
        try:
            return self.images[name].reference
        except KeyError:
            raise SettingWrong("pins", f"names no image {name!r}") from None

    def manifest(self, name: str) -> Manifest:
        """A manifest; raises `SettingWrong` for an unknown name."""
        try:
            return self.manifests[name]
        except KeyError:
            raise SettingWrong("pins", f"names no manifest {name!r}") from None


def read_pins(overlay: Path | None) -> Pins:
    """The committed pins with `overlay` laid over them; raises `SettingWrong`."""
    pinned = _parsed(PINS)
    if overlay is not None:
        pinned = laid_over(pinned, _with_whole_paths(_parsed(overlay), overlay.parent))
    try:
        return msgspec.convert(pinned, Pins)
    except msgspec.ValidationError as error:
        raise SettingWrong("pins", f"is not usable: {error}") from None


def laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged entry by entry, anything else is replaced.

    A manifest that is one file here and several there becomes the one file. An image of
    another tag is not the one that the digest below is of.
    """
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = laid_over(below, value)
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
        raise SettingWrong("pins", f"is not readable: {error}") from None


def _with_whole_paths(pinned: dict[str, Any], folder: Path) -> dict[str, Any]:
    manifests = pinned.get("manifests", {})
    for manifest in manifests.values():
        if isinstance(manifest, dict) and "path" in manifest:
            manifest["path"] = str(folder / str(manifest["path"]))
    return pinned
