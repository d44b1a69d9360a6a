"""`python -m dashboards prove rules`: needs promtool, no platform."""

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

import targets
from dashboards.proof.rules.proof import prove
from dashboards.rendering import RENDERED
from exchange.outcomes import Outcome, write_outcome
from targets.verdict import exit_code

FEW = 8
EVERY = 1_000_000

console = Console()


def prove_rules(
    *, out: Path | None = None, mutants: int = FEW, every_mutant: bool = False
) -> None:
    """Lint the rules, test every alert at its predicted firing time, run mutants.

    Parameters
    ----------
    out: Path
        Where the outcome is written.
    mutants: int
        How many of each kind of fault are planted.
    every_mutant: bool
        Plant every fault in every rule; takes many minutes.
    """
    files = sorted(RENDERED.glob("*.rules.yml"))
    with console.status("asking promtool") as status:
        outcome = prove(
            targets.load(),
            files,
            each=EVERY if every_mutant else mutants,
            progress=status.update,
        )
    _print(outcome)
    if out is not None:
        write_outcome(outcome, out)
    sys.exit(exit_code(outcome.verdict))


def _print(outcome: Outcome) -> None:
    for one in outcome.measurements:
        console.print(f"{one.verdict.value:12} {one.target:28} {escape(one.detail)}")
    for blind in outcome.invalid_because:
        console.print(f"[red]{escape(blind)}[/red]")
    facts = outcome.facts
    if "cases" in facts:
        console.print(
            f"{facts['cases']} cases on promtool {' and '.join(facts['promtool'])}; "
            f"{facts['mutants killed']} of {facts['mutants planted']} mutants killed"
        )
    console.print(outcome.verdict.value)
