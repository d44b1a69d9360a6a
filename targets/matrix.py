"""Text of a target for the coverage matrix and the scorecard."""

import re

from targets.catalog import Targets
from targets.families import Alert, Target
from targets.units import Quantity

_SIGNS = {"at_most": "≤", "at_least": "≥"}


def promise_text(target: Target) -> str:
    """Format the target's number, like `p95 ≤ 200 ms` or `≥ 1000/s`."""
    promised = target.promised
    if isinstance(promised, tuple):
        return " → ".join(_space(step.text) for step in promised)
    text = _space(promised.text) if isinstance(promised, Quantity) else f"{promised:,}"
    if isinstance(target, Alert):
        side = "under" if target.comparison == "at_least" else "over"
        return f"{side} {text} for {_space(target.for_.text)}"
    if promised == 0:
        return "none"
    name = "p95 " if target.field == "p95" else ""
    return f"{name}{_SIGNS[target.comparison]} {text}"


def matrix_rows(targets: Targets) -> list[tuple[str, str, str, str, str]]:
    """Return (target, title, value, source, proofs) of every target, in file order."""
    return [
        (
            full_id,
            target.title,
            promise_text(target),
            " ".join(target.source) + (" proposed" if target.proposed else ""),
            "\n".join(_proof_text(targets, proof) for proof in target.proof),
        )
        for full_id, target in targets.all().items()
    ]


def _space(text: str) -> str:
    """Write `200ms` as `200 ms`, `1000/s` as `1,000/s`, `4x` as `4 ×`, `5m` `5 min`."""
    grouped = re.sub(r"\d{4,}", lambda digits: f"{int(digits[0]):,}", text)
    spaced = re.sub(r"(?<=\d)(?=[A-Za-z%])", " ", grouped)
    words = {" m": " min", " us": " µs", " x": " ×"}
    return re.sub(r" (m|us|x)$", lambda unit: words[unit[0]], spaced)


def _proof_text(targets: Targets, proof: str) -> str:
    kind, _, name = proof.partition(":")
    if kind != "later":
        return proof
    return f"later: {targets.later[name].arrives}"
