"""Everybody who uses the platform, by the name that a mix calls them."""

from loadtests.cast import Cast
from loadtests.personas.analyst import Analyst
from loadtests.personas.integrator import Integrator
from loadtests.personas.owner import Owner
from loadtests.personas.persona import Persona
from loadtests.personas.visitor import Visitor

__all__ = ["PERSONAS", "Analyst", "Integrator", "Owner", "Visitor", "enlist"]

PERSONAS: dict[str, type[Persona]] = {
    "analyst": Analyst,
    "integrator": Integrator,
    "owner": Owner,
    "visitor": Visitor,
}


def enlist(cast: Cast) -> None:
    """Give everybody in this process what was prepared for them."""
    Persona.cast = cast
    Visitor.receive(cast.sessions)
