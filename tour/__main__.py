"""`python -m tour`; see tour/main.py."""

import sys

from tour.main import main

sys.exit(main())
