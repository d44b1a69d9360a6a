"""Every module with handlers, named here and discovered nowhere."""

from types import ModuleType

from workers.actors import events, identity, upkeep

ACTORS: tuple[ModuleType, ...] = (events, identity, upkeep)
