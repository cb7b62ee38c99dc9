"""For every test of the workspace."""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

# No time limit for an example: a busy machine is no reason to fail.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_reaches_children() -> Iterator[None]:
    """A shell's background job ignores SIGINT, and hands that on to the processes that it begins."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What is captured becomes text that pytest-xdist can send; file names may hold what UTF-8 can't say."""
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections
    ]
    return report
