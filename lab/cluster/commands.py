"""`python -m lab.cluster`: a real Kubernetes on this machine, and Pulumi against it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from exchange.outcomes import Outcome
from lab.cluster import cabling, deploying, lifecycle, pulumi, vendors
from lab.cluster.addresses import MachineUnknown, find_node
from lab.cluster.building import build, is_built, lay_out, tools_of
from lab.cluster.fitness import MachineUnfit, check_machine, ensure_packages
from lab.cluster.images import ImagesMissing
from lab.cluster.kubectl import Kubectl
from lab.cluster.machine import MachineFailed
from lab.cluster.pinning import write_overlay
from lab.cluster.places import CHECKOUT, Places, find_places
from lab.cluster.programs import Programs, find_programs
from lab.cluster.publishing import publish
from lab.cluster.recipes import CLUSTER, EVERYTHING
from lab.cluster.shell import CommandFailed
from lab.cluster.stack import Stack
from targets import TargetsUnreadable, load
from targets.verdict import exit_code, worst

FAILED = 1
USAGE = 2
INTERRUPTED = 130
_TROUBLE = (
    CommandFailed,
    FileNotFoundError,
    ImagesMissing,
    MachineFailed,
    MachineUnfit,
    MachineUnknown,
    TargetsUnreadable,
    lifecycle.AlreadyUp,
)
_Words = Annotated[tuple[str, ...], Parameter(allow_leading_hyphen=True)]

app = App(
    name="python -m lab.cluster",
    help="A real two-node Kubernetes on this machine, and Pulumi against it.",
)
console = Console(highlight=False, stderr=True)


def say(text: str) -> None:
    """Print one line of progress."""
    console.print(f"[dim]cluster[/] {text}")


@app.command
def tools(*, have: bool = False) -> int:
    """Compile Kubernetes, Pulumi and the operators from their Go modules, once.

    A cold build takes most of an hour on two cores; every later one seconds.

    Parameters
    ----------
    have
        Compile nothing: exit with 0 only if all of them are compiled.
    """
    places = find_places()
    if have:
        return 0 if os.geteuid() == 0 and is_built(places, EVERYTHING) else FAILED
    _compile(places)
    return 0


@app.command
def up(*, own: bool = False) -> None:
    """Start a cluster: with kind or k3d where one is installed, else on this machine.

    On this machine it has two nodes with DNS, metrics, storage and images; needs root.

    Parameters
    ----------
    own
        Start it on this machine even where kind or k3d is installed.
    """
    places = find_places()
    vendor = None if own else vendors.find_vendor()
    if vendor is not None:
        vendors.up(vendor, places, say)
    else:
        check_machine(places)
        if installed := ensure_packages():
            say(f"installed {', '.join(installed)}")
        _compile(places)
        _build_images(places)
        write_overlay(places)
        lifecycle.up(places, _programs(places), say)
    say(f"ready: export KUBECONFIG={places.kubeconfig}")


@app.command
def down() -> None:
    """Remove the cluster and everything in it; list leftovers, normally none."""
    places = find_places()
    if vendor := vendors.recall(places):
        vendors.down(vendor, places)
    lifecycle.down(places)
    if left := lifecycle.leftovers(places):
        raise CommandFailed(f"left behind: {', '.join(left)}")
    say("down; nothing is left")


@app.command
def status() -> int:
    """Show nodes and pods; exit 1 when the cluster is down."""
    places = find_places()
    if not places.kubeconfig.exists():
        say("down; start it with ./task cluster:up")
        return FAILED
    return _kubectl(places).hand_over(["get", "nodes,pods", "-A", "-o", "wide"])


@app.command
def kubectl(*words: _Words) -> int:
    """Run kubectl as the cluster's administrator."""
    return _kubectl(find_places()).hand_over([word for part in words for word in part])


@app.command(name="pulumi")
def run_pulumi(*words: _Words) -> int:
    """Run Pulumi against the cluster, with its state in the state folder."""
    places = find_places()
    return pulumi.hand_over(places, [word for part in words for word in part])


@app.command
def deploy() -> int:
    """Install the development stack: preview, up, ready, up again; exit 1 if missed."""
    places = find_places()
    stack, promised = Stack(places), load()
    kubectl = _kubectl(places)
    stack.prepare()
    outcomes = [deploying.image(places, promised)]
    if stack.is_empty():
        outcomes += [
            deploying.preview(places, stack, promised),
            deploying.first_up(places, stack, kubectl, promised, say),
        ]
    outcomes.append(deploying.second_up(places, stack))
    say(f"published {publish(places, stack, kubectl)}")
    return _tell(outcomes)


@app.command(name="publish")
def publish_again() -> None:
    """Write platform.json anew, for chaos, load and verify."""
    places = find_places()
    say(f"published {publish(places, Stack(places), _kubectl(places))}")


@app.command
def destroy() -> int:
    """Destroy the stack twice and list its leftovers; exit 1 if there are any."""
    places = find_places()
    return _tell([deploying.destroy(places, Stack(places), _kubectl(places), say)])


@app.command
def cut(node: str) -> None:
    """Disconnect a node's cable, as when its switch fails; `heal` reconnects it."""
    if vendor := vendors.recall(find_places()):
        vendors.cut(vendor, node)
    else:
        cabling.cut(find_node(node))


@app.command
def heal(node: str) -> None:
    """Reconnect a node's cable."""
    if vendor := vendors.recall(find_places()):
        vendors.heal(vendor, node)
    else:
        cabling.heal(find_node(node))


def _tell(outcomes: Sequence[Outcome]) -> int:
    """Print each finding; return the exit code of the worst."""
    for outcome in outcomes:
        for found in outcome.measurements:
            say(f"{found.verdict.value}: {found.target}: {found.detail}")
    return exit_code(worst(outcome.verdict for outcome in outcomes))


def _compile(places: Places) -> None:
    folders = build(places, EVERYTHING, say)
    lay_out(folders, places.tools)


def _build_images(places: Places) -> None:
    out, built = str(places.images), str(places.tools)
    words = ("build", "--tools", built, "--out", out)
    command = [sys.executable, "-m", "lab.images", *words]
    if subprocess.call(command, cwd=CHECKOUT):  # noqa: S603 - our own command line
        raise CommandFailed("the images could not be built; see above")


def _programs(places: Places) -> Programs:
    return find_programs(tools_of(places, CLUSTER))


def _kubectl(places: Places) -> Kubectl:
    if vendors.recall(places):
        return Kubectl("kubectl", places.kubeconfig)
    return Kubectl(_programs(places).kubectl, places.kubeconfig)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0 done, 1 failed, 2 usage, 130 interrupted."""
    try:
        answer = app(arguments, exit_on_error=False, result_action="return_value")
        return int(answer or 0)
    except CycloptsError:
        return USAGE
    except _TROUBLE as trouble:
        console.print(f"[red]{type(trouble).__name__}:[/] {trouble}")
        return FAILED
    except KeyboardInterrupt:
        console.print("interrupted; what was half done is undone")
        return INTERRUPTED
