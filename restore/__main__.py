"""`python -m restore`, the same as the console script `restore`."""

import sys

from restore.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
