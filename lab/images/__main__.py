"""Container images without Docker or a registry: `python -m lab.images --help`."""

from lab.images.commands import main

if __name__ == "__main__":
    main()
