"""The two ports of our programs; policies, probes and services refer to them."""

from typing import Final

HTTP: Final = 8000
METRICS: Final = 8101
"""Prometheus text; every program serves it, also those without an API."""

POSTGRES: Final = 5432
REDIS: Final = 6379
