"""Runs mutants against their trials, many files to a process, two processes at once."""

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

AT_ONCE: Final = 2
LOT: Final = 60


class Hunt(Struct, frozen=True):
    """How many mutants of each kind were planted, and those that nobody caught."""

    planted: dict[str, int]
    survivors: list[str]


def sample(herd: Iterable[Mutant], *, each: int, seed: int) -> list[Mutant]:
    """At most so many mutants of every kind of fault, the same for the same seed."""
    kinds: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in herd:
        kinds[mutant.fault].append(mutant)
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        mutant
        for listed in kinds.values()
        for mutant in chance.sample(listed, min(each, len(listed)))
    ]


def hunt(promtool: Promtool, herd: list[Mutant]) -> Hunt:
    """Try every mutant; one survives when none of its trials fails."""
    with working_folder() as folder:
        owner: dict[Path, int] = {}
        for number, mutant in enumerate(herd):
            for which, trial in enumerate(mutant.trials):
                renamed = replace(trial, name=f"{number:04}-{which}")
                owner[write_trial(renamed, Path(folder))] = number
        caught = {owner[file] for file in failures(promtool, list(owner))}
    survivors = [
        f"{mutant.fault}: {mutant.where}"
        for number, mutant in enumerate(herd)
        if number not in caught
    ]
    kinds = Counter(mutant.fault for mutant in herd)
    return Hunt(dict(sorted(kinds.items())), survivors)


def working_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for test files, and for the database that promtool writes per case."""
    return tempfile.TemporaryDirectory(prefix="holdfast-rules-")


def failures(promtool: Promtool, files: list[Path]) -> dict[Path, str]:
    """Run every test file; what promtool says of those that fail."""
    lots = [files[at : at + LOT] for at in range(0, len(files), LOT)]
    found: dict[Path, str] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for failed in pool.map(lambda lot: failed_trials(promtool, lot), lots):
            found |= failed
    return found
