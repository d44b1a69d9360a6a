"""The personas by the name that a mix uses."""

from loadtests.dataset import Dataset
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


def enlist(dataset: Dataset) -> None:
    """Give the test data to the personas of this process."""
    Persona.dataset = dataset
    Visitor.receive(dataset.sessions)
