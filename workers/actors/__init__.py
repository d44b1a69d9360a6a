"""All modules with handlers. A module that is missing here handles no message."""

from types import ModuleType

from workers.actors import events, identity, maintenance

ACTORS: tuple[ModuleType, ...] = (events, identity, maintenance)
