"""The command line: every command, and the exit status of each kind of failure.

Exit status: 0 done, 1 the platform is not as wanted, 2 the command could not run.
"""

import sys

from cyclopts import App, Parameter

from exchange.output import escape_unencodable
from local import cli_admin, cli_status, developing, running
from local.binaries import BinaryMissing
from local.consoles import FAILED, INTERRUPTED, errors, refuse
from local.lifecycle import RunsOtherwise
from local.logs import LogMissing
from local.ports import PortsBusy
from local.readiness import NotReady
from local.restart import ProgramUnknown
from local.settings import SettingInvalid
from local.unprivileged import NamespaceUnavailable

REFUSALS = (
    BinaryMissing,
    LogMissing,
    NamespaceUnavailable,
    PortsBusy,
    ProgramUnknown,
    RunsOtherwise,
    SettingInvalid,
    cli_admin.EnvironmentInvalid,
)

app = App(
    name="local",
    help="Run the whole platform on this machine.",
    default_parameter=Parameter(negative=""),
)
app.command(running.up)
app.command(running.down)
app.command(cli_status.status)
app.command(cli_status.logs)
app.command(cli_admin.restart)
app.command(cli_admin.doctor)
app.command(cli_admin.extras)
app.command(developing.run)
app.command(developing.dev)


def main() -> None:
    """Run the command line; known failures become one message and a status."""
    escape_unencodable()
    try:
        app()
    except NotReady as failed:
        errors.print(failed.tail, style="dim", highlight=False, markup=False)
        errors.print(str(failed), style="red", highlight=False, markup=False)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        errors.print("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(FAILED)
    except REFUSALS as refused:
        refuse(str(refused))
