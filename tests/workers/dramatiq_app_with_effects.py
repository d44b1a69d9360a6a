"""The application for Dramatiq's command line, with the handlers of the tests."""

from tests.workers import worker_with_effects
from workers.dramatiq_app import use_broker

__all__ = ["use_broker", "worker_with_effects"]
