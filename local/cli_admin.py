"""`restart`, `doctor` and `extras`."""

import sys

from local.consoles import FAILED, console, say
from local.doctor import Finding, examine
from local.extras import EXTRAS, TESTERS, fetch_extra, forget_lists
from local.places import Places
from local.restart import restart_program
from local.settings import state_root


class EnvironmentInvalid(Exception):
    """`--env` was given something that is not KEY=VALUE."""

    def __init__(self, given: str) -> None:
        super().__init__(f"--env {given!r}: wanted KEY=VALUE")


def restart(
    name: str, *, env: list[str] | None = None, timeout_seconds: float = 60.0
) -> None:
    """Restart one program and return when it is healthy again.

    Parameters
    ----------
    name
        The program, as `status` names it.
    env
        KEY=VALUE for its environment; replaces those of an earlier restart.
    timeout_seconds
        How long it may take.
    """
    environment = dict(parse_pair(given) for given in env or [])
    with console.status(f"restarting {name}"):
        now = restart_program(
            Places(state_root()), name, environment, timeout_seconds=timeout_seconds
        )
    say(f"{name} is healthy as process {now.pid}")


def parse_pair(given: str) -> tuple[str, str]:
    """Split KEY=VALUE; raises EnvironmentInvalid."""
    key, separator, value = given.partition("=")
    if not separator or not key.isidentifier():
        raise EnvironmentInvalid(given)
    return key, value


def extras() -> None:
    """Fetch Prometheus and exporters from Debian's packages; install nothing."""
    places = Places(state_root())
    missing = 0
    for extra in (EXTRAS | TESTERS).values():
        with console.status(f"fetching {extra.package}"):
            fetched = fetch_extra(places, extra)
        say(f"{extra.package}: {fetched.said}")
        missing += fetched.program is None
    forget_lists(places)
    if missing:
        say(f"{missing} missing: what needs them will not be measured")
        sys.exit(FAILED)


def doctor() -> None:
    """Check this machine, and state what each missing program would add."""
    findings = examine(Places(state_root()))
    for finding in findings:
        print_finding(finding)
    if any(finding.fatal for finding in findings):
        sys.exit(FAILED)


def print_finding(finding: Finding) -> None:
    """Print one finding and its remedy."""
    sign = "[green]ok[/]" if finding.ok else "[yellow]--[/]"
    sign = "[red]!![/]" if finding.fatal else sign
    console.print(sign, end="  ")
    say(f"{finding.subject}: {finding.said}")
    if finding.remedy:
        console.print(f"      {finding.remedy}", style="dim", markup=False)
