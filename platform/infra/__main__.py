"""`python -m infra init --stack STACK`: give a stack the secrets that it lacks."""

import sys
from pathlib import Path

from cyclopts import App

from infra.initializing import PulumiRefused, StackFile, make_missing

app = App(name="infra", help=__doc__)


@app.command
def init(*, stack: str, config_file: Path | None = None) -> int:
    """Set every missing secret of the stack to a random value; safe to repeat.

    Parameters
    ----------
    stack
        The stack, which must exist: `pulumi stack init STACK` makes one.
    config_file
        Its settings, where they are not platform/Pulumi.STACK.yaml.
    """
    whole = None if config_file is None else config_file.resolve()
    try:
        made, left = make_missing(StackFile(stack, whole))
    except PulumiRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"set: {', '.join(made) or 'nothing, all secrets are there'}\n")
    if left:
        sys.stdout.write(f"yours to set with pulumi config set: {', '.join(left)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(app())
