"""Typed specs, spelt as Kubernetes spells them: for kinds that Pulumi does not know."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

VERBATIM: Final = frozenset(
    {"labels", "annotations", "matchLabels", "nodeSelector", "limits", "requests"}
)
"""Maps whose keys are names of ours or of others, not fields."""


def as_kubernetes(value: Any) -> Any:  # noqa: ANN401 a spec has no one type
    """The same tree with `snake_case` fields in `camelCase`; outputs stay as they are.

    Pulumi does so for the kinds in its schema and leaves the spec of a custom
    resource alone.
    """
    if isinstance(value, pulumi.Output):
        return value
    if isinstance(value, Mapping):
        return {
            spelt: field if spelt in VERBATIM else as_kubernetes(field)
            for spelt, field in ((_camel(key), field) for key, field in value.items())
        }
    if isinstance(value, list | tuple):
        return [as_kubernetes(item) for item in value]
    return value


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)
