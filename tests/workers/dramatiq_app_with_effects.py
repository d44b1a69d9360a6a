"""The application for Dramatiq's command line, with the handlers of the tests."""

from tests.workers import worker_with_effects
from workers import dramatiq_app

__all__ = ["dramatiq_app", "worker_with_effects"]
