"""`python -m infra init --stack STACK`: set the stack's missing secrets."""

import sys
from pathlib import Path

from cyclopts import App

from infra.missing_secrets import PulumiFailed, StackFile, set_missing_secrets

app = App(name="infra", help=__doc__)


@app.command
def init(*, stack: str, config_file: Path | None = None) -> int:
    """Set each missing secret of the stack to a random value; safe to repeat.

    Parameters
    ----------
    stack
        The stack, which must exist: create it with `pulumi stack init STACK`.
    config_file
        Its settings file, if it is not platform/Pulumi.STACK.yaml.
    """
    absolute = None if config_file is None else config_file.resolve()
    try:
        made, left = set_missing_secrets(StackFile(stack, absolute))
    except PulumiFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    sys.stdout.write(f"set: {', '.join(made) or 'nothing, no secret is missing'}\n")
    if left:
        sys.stdout.write(
            f"set these with pulumi config set --secret: {', '.join(left)}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(app())
