"""Runs the console script as `python -I -m actions`, which no file of the current folder can shadow."""

from actions.cli import main

if __name__ == "__main__":
    main()
