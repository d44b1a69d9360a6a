"""Query plans: buffers touched, indexes used, rows removed by filters."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

Node = dict[str, Any]


class Plan(Struct, frozen=True):
    """One executed plan; `scans` are those that ran, by kind and index or table."""

    buffers: int
    rows: int
    skipped: int
    scans: tuple[tuple[str, str], ...]
    sorted: bool


def read_plan(explained: Node) -> Plan:
    """Parse the output of EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)."""
    root = explained["Plan"]
    ran = [node for node in nodes_of(root) if node["Actual Loops"]]
    scans = [node for node in ran if "Relation Name" in node or "Index Name" in node]
    return Plan(
        buffers=root["Shared Hit Blocks"] + root["Shared Read Blocks"],
        rows=int(root["Actual Rows"]),
        skipped=sum(
            int(node.get("Rows Removed by Filter", 0) * node["Actual Loops"])
            for node in scans
        ),
        scans=tuple(
            (node["Node Type"], node.get("Index Name") or node["Relation Name"])
            for node in scans
        ),
        sorted=any("Sort" in node["Node Type"] for node in ran),
    )


def nodes_of(node: Node) -> Iterator[Node]:
    """Yield the node and its descendants."""
    yield node
    for below in node.get("Plans", ()):
        yield from nodes_of(below)


def find_faults(
    plan: Plan, *, index: str, partitions: int, parents: Mapping[str, str]
) -> list[str]:
    """Return why this plan does not keep a page's cost flat; empty when it does.

    `parents` maps an index of a partition to that of the whole table; `partitions`
    is the number of months that the page may have to read.
    """
    faults = [
        f"{kind} of {name}, not an index scan of {index}"
        for kind, name in plan.scans
        if kind not in {"Index Scan", "Index Only Scan"} or parents.get(name) != index
    ]
    if not plan.scans:
        faults.append("no scan of a table is in the plan")
    if plan.sorted:
        faults.append("rows are sorted, although the index holds their order")
    if len(plan.scans) > partitions:
        faults.append(f"{len(plan.scans)} partitions read, {partitions} are enough")
    return faults
