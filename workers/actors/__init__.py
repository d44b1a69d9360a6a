"""Every module with handlers, named here and discovered nowhere."""

from types import ModuleType

from workers.actors import events, upkeep

ACTORS: tuple[ModuleType, ...] = (events, upkeep)
