"""What all tests share, those in docstrings and documents too: no test touches the user's cache."""

import os

os.environ["GLASSGRAD_CACHE"] = "off"
