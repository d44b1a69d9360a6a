"""Piccolo's own configuration: the engine, and the slices that have tables.

Used as PICCOLO_CONF=api.piccolo_conf by `python -m api.migrate`.
"""

from piccolo.conf.apps import AppRegistry

from api.kernel.engine import DB

__all__ = ["APP_REGISTRY", "DB"]

APP_REGISTRY = AppRegistry(
    apps=[
        "api.kernel.piccolo_app",
        "api.identity.piccolo_app",
        "api.organizations.piccolo_app",
        "api.events.piccolo_app",
    ]
)
