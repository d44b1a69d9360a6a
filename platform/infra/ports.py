"""Ports of our programs and of their dependencies."""

from typing import Final

HTTP: Final = 8000
METRICS: Final = 8101
"""Prometheus metrics; every program serves them, also those without an API."""

POSTGRES: Final = 5432
REDIS: Final = 6379
SENTINEL: Final = 26379
PROXY_METRICS: Final = 8405
DATABASE_METRICS: Final = 9187
"""Metrics of a database instance, served by CloudNativePG's instance manager."""
S3: Final = 7070
