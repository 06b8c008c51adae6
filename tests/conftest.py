"""What all tests share: hypothesis' profile, Ctrl-C, and why a test against PyTorch is skipped."""

import os
import signal
from importlib.util import find_spec

import pytest
from hypothesis import settings

# A time limit for one example fails on a busy machine. In CI the examples are the same each time,
# so that a change is judged by itself.
settings.register_profile("glassgrad", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("glassgrad")

# A shell starts what runs in the background with Ctrl-C ignored, and a test of Ctrl-C would wait
# for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `torch` where PyTorch is absent."""
    if item.get_closest_marker("torch") and find_spec("torch") is None:
        pytest.skip("PyTorch is not installed: ./dev python -m pip install torch")
