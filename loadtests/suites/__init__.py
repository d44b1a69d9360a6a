"""Every suite by its name."""

from loadtests.suites.capacity import CAPACITY
from loadtests.suites.smoke import SMOKE
from loadtests.suites.steady import STEADY
from loadtests.suites.suite import Suite

SUITES: dict[str, Suite] = {suite.name: suite for suite in (SMOKE, STEADY, CAPACITY)}
