"""`python -m landpda.cli`, where the script is not on the path."""

import sys

from landpda.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
