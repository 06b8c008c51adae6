"""What all tests share, those in docstrings and documents too.

No test touches the user's cache. And of all that pytest makes when it collects tests, nothing is
looked at again by Python's garbage collector, which tests call or set off often.
"""

import gc
import os

import pytest

os.environ["GLASSGRAD_CACHE"] = "off"


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Take what is there before the first test out of the collector's sight."""
    gc.collect()
    gc.freeze()
