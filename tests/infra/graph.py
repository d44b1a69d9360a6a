"""The object graph of a stack as lines: each object and its dependencies.

`python -m tests.infra.graph` rewrites those of all stacks under tests/infra/golden.
"""

from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).with_name("golden")


def graph_lines(preview: dict[str, Any]) -> list[str]:
    """Return a sorted line per object: kind, name, and the parts that it waits for."""
    made = everything_of(preview)
    return sorted(line_of(m, made) for m in preview["objects"])


def everything_of(preview: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return objects and components by URN."""
    return {m["urn"]: m for m in [*preview["objects"], *preview["components"]]}


def line_of(made: dict[str, Any], everything: dict[str, dict[str, Any]]) -> str:
    line = f"{made['type']} {place_of(made)}"
    waited = sorted(waited_for(made, everything))
    return f"{line} <- {', '.join(waited)}" if waited else line


def place_of(made: dict[str, Any]) -> str:
    """Return namespace and name; a star where the cluster makes the name unique."""
    metadata = made["inputs"].get("metadata", {})
    name = metadata.get("name") or f"{made['name']}*"
    namespace = metadata.get("namespace")
    return f"{namespace}/{name}" if namespace else name


def waited_for(made: dict[str, Any], everything: dict[str, dict[str, Any]]) -> set[str]:
    """Return the largest parts that this object, or a part it is in, waits for.

    If it waits for some objects of a part, the count is added.
    """
    own = {m["urn"] for m in [made, *ancestors(made, everything)]}
    waited: dict[str, set[str]] = {}
    for urn in awaited(made, everything) - own:
        outer = largest(everything[urn], own, everything)
        waited.setdefault(outer, set()).add(urn)
    return {named(outer, urns, everything) for outer, urns in waited.items()}


def awaited(made: dict[str, Any], everything: dict[str, dict[str, Any]]) -> set[str]:
    """Return the direct dependencies of an object and of the parts it is in."""
    line = [made, *ancestors(made, everything)]
    return {urn for member in line for urn in member["dependencies"]}


def named(outer: str, waited: set[str], everything: dict[str, dict[str, Any]]) -> str:
    made = everything[outer]
    name = f"{made['type']}/{made['name']}"
    inside = {
        urn
        for urn, m in everything.items()
        if "inputs" in m and outer in {a["urn"] for a in ancestors(m, everything)}
    }
    if not inside or inside <= waited:
        return name
    return f"{name} ({len(waited & inside)} of {len(inside)})"


def largest(
    made: dict[str, Any], own: set[str], everything: dict[str, dict[str, Any]]
) -> str:
    """Return the outermost part that contains `made` and not this object."""
    outer = made["urn"]
    for part in ancestors(made, everything):
        if part["urn"] in own:
            break
        outer = part["urn"]
    return str(outer)


def ancestors(
    made: dict[str, Any], everything: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    found = []
    while (made := everything.get(made["parent"], {})).get("parent"):
        found.append(made)
    return found


def golden(stack: str) -> Path:
    """Return the file of one stack."""
    return GOLDEN / f"{stack}.txt"


if __name__ == "__main__":
    from tests.infra.conftest import STACKS, complete, run_previews

    GOLDEN.mkdir(exist_ok=True)
    for stack, preview in zip(
        STACKS, run_previews([complete(stack) for stack in STACKS]), strict=True
    ):
        golden(stack).write_text("\n".join(graph_lines(preview)) + "\n")
