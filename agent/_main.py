"""Makes `python -m regreen` work: the wheel installs this file as `regreen/__main__.py`."""

import sys

from regreen import main

sys.exit(main())
