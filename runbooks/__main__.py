"""`python -m runbooks`: list the pages, read one, or walk through it."""

import sys

from runbooks.walker.command import main

if __name__ == "__main__":
    sys.exit(main())
