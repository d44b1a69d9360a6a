"""promtool: find it, lint rules and run tests with it."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from msgspec import Struct

from dashboards.proof.rules.cases import Trial, trial_file
from dashboards.rules.model import Group, write_rules
from exchange.folders import tools_folder

CHECKOUT: Final = Path(__file__).parents[3]
PROMTOOL_3: Final = Path("prometheus-3/usr/bin/promtool")
"""Below the tools' folder: the next major release, beside the usual one."""
FETCH: Final = "fetch it with: python -m local extras"
RESULT: Final = re.compile(r"^ {2}(?=SUCCESS$|FAILED:$)", re.MULTILINE)
BROKEN: Final = ("parse error", "could not parse", "unmarshal", "no such file")
"""Messages of promtool about a broken file, in contrast to a failed test."""


LEFT_OPEN_FROM: Final = 3
SPARING: Final = {"GOMAXPROCS": "1", "GOGC": "400"}
"""For thousands of tiny databases parallel garbage collection costs more."""


class PromtoolMissing(Exception):
    """No promtool of the release asked for; the message says how to get one."""


class TrialBroken(Exception):
    """promtool could not read a trial: the generator is wrong, not the alert."""


class Promtool(Struct, frozen=True):
    """One release of promtool."""

    program: Path
    version: str

    @property
    def left_open(self) -> bool:
        """Whether a window excludes the sample at its beginning."""
        return int(self.version.partition(".")[0]) >= LEFT_OPEN_FROM


def find_promtools() -> list[Promtool]:
    """Return the installed release and the next major one; raises PromtoolMissing."""
    tools = tools_folder()
    usual = tools / "usr" / "bin" / "promtool"
    first = usual if usual.is_file() else Path(shutil.which("promtool") or usual)
    found = [first, tools / PROMTOOL_3]
    for program in found:
        if not program.is_file():
            raise PromtoolMissing(f"{program} is missing; {FETCH}")
    return [Promtool(program, _version(program)) for program in found]


def check_rules(promtool: Promtool, files: Iterable[Path]) -> str:
    """Lint rule files; return the faults, empty when there are none."""
    command = [str(promtool.program), "check", "rules", "--lint=all", "--lint-fatal"]
    code, output = _run([*command, *map(str, files)])
    return output if code else ""


def write_trial(trial: Trial, folder: Path) -> Path:
    """Write a trial's two files; return the one to run."""
    rules = folder / f"{trial.name}.rules.yml"
    rules.write_text(write_rules([Group(name="trial", rules=list(trial.rules))]))
    file = folder / f"{trial.name}.test.json"
    file.write_text(json.dumps(trial_file(trial, rules.name)))
    return file


def failed_trials(promtool: Promtool, files: list[Path]) -> dict[Path, str]:
    """Run the tests of every file; return promtool's output of those that fail.

    Raises TrialBroken when a file cannot be read.
    """
    if not files:
        return {}
    command = [str(promtool.program), "test", "rules", *map(str, files)]
    _, output = _run(command, scratch=files[0].parent)
    values = [one for one in RESULT.split(output) if one.startswith(("SUCC", "FAIL"))]
    if len(values) != len(files):
        raise TrialBroken(f"{len(files)} trials, {len(values)} answers: {output[:400]}")
    failed = {}
    for file, value in zip(files, values, strict=True):
        if any(sign in value for sign in BROKEN):
            raise TrialBroken(f"{file.name}: {value.strip()[:400]}")
        if not value.startswith("SUCCESS"):
            failed[file] = value
    return failed


def _version(program: Path) -> str:
    _, output = _run([str(program), "--version"])
    found = re.search(r"version (\d+\.\d+\.\d+)", output)
    return found[1] if found else "unknown"


def _run(command: list[str], scratch: Path | None = None) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - our own command line
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
        env=os.environ | SPARING | ({"TMPDIR": str(scratch)} if scratch else {}),
    )
    return done.returncode, done.stdout
