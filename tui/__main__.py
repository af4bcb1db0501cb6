"""`python -m tui`: the home screen, for those who work on the screens."""

import sys

from tui import Opening, run

sys.exit(run(Opening()))
