"""The two ports of our programs; policies, probes and services refer to them."""

from typing import Final

HTTP: Final = 8000
METRICS: Final = 8101
"""Prometheus text; every program serves it, also those without an API."""

POSTGRES: Final = 5432
REDIS: Final = 6379
SENTINEL: Final = 26379
PROXY_FIGURES: Final = 8405
DATABASE_FIGURES: Final = 9187
"""Of each database instance, served by its manager."""
S3: Final = 7070
