"""The cluster of this machine: `python -m cluster --help`."""

import sys

from cluster.commands import main

if __name__ == "__main__":
    sys.exit(main())
