"""Mutation tests: run mutants against their trials, in two processes at once."""

import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from dashboards.proof.rules.mutants import Mutant
from dashboards.proof.rules.promtool import Promtool, failed_trials, write_trial

PROCESSES: Final = 2
BATCH_FILES: Final = 60


class MutationResult(Struct, frozen=True):
    """The number of mutants of each kind, and the mutants that no trial failed on."""

    planted: dict[str, int]
    survivors: list[str]


def sample(planted: Iterable[Mutant], *, each: int, seed: int) -> list[Mutant]:
    """Return at most `each` mutants of every kind, the same for the same seed."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in planted:
        kinds[mutant.fault].append(mutant)
    rng = random.Random(seed)  # noqa: S311 - no secret
    return [
        mutant
        for listed in kinds.values()
        for mutant in rng.sample(listed, min(each, len(listed)))
    ]


def run_mutants(promtool: Promtool, planted: list[Mutant]) -> MutationResult:
    """Run every mutant; it survives when none of its trials fails."""
    with working_folder() as folder:
        owner: dict[Path, int] = {}
        for number, mutant in enumerate(planted):
            for which, trial in enumerate(mutant.trials):
                renamed = replace(trial, name=f"{number:04}-{which}")
                owner[write_trial(renamed, Path(folder))] = number
        caught = {owner[file] for file in failures(promtool, list(owner))}
    survivors = [
        f"{mutant.fault}: {mutant.where}"
        for number, mutant in enumerate(planted)
        if number not in caught
    ]
    kinds = Counter(mutant.fault for mutant in planted)
    return MutationResult(dict(sorted(kinds.items())), survivors)


def working_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for test files and for promtool's databases."""
    return tempfile.TemporaryDirectory(prefix="holdfast-rules-")


def failures(promtool: Promtool, files: list[Path]) -> dict[Path, str]:
    """Run every test file; return promtool's output of those that fail."""
    batches = [files[at : at + BATCH_FILES] for at in range(0, len(files), BATCH_FILES)]
    found: dict[Path, str] = {}
    with ThreadPoolExecutor(PROCESSES) as pool:
        for failed in pool.map(lambda batch: failed_trials(promtool, batch), batches):
            found |= failed
    return found
