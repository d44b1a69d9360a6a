"""The cluster of this machine: `python -m lab.cluster --help`."""

import sys

from lab.cluster.commands import main

if __name__ == "__main__":
    sys.exit(main())
