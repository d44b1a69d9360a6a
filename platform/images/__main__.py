"""Container images without Docker or a registry: `python -m images --help`."""

from images.commands import main

if __name__ == "__main__":
    main()
