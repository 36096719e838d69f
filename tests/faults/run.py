"""`python tests/faults/run.py --help`: the whole fault suite, or parts of it."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parents[1])
    from faults.command import main

    main()
