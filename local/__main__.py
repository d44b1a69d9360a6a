"""The platform on one machine: `python -m local --help`."""

from local.commands import main

if __name__ == "__main__":
    main()
