"""The one source of chance in a run, seeded by its plan, so a run can be repeated."""

import random

DRAW = random.Random()  # noqa: S311 - a load pattern, not a secret
