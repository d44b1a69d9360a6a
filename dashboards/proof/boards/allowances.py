"""Panels that may be empty or leave 0…1, each with its reason; the rest may not."""

from typing import Final

Place = tuple[str, str]
"""Board and title of the panel."""

MAY_BE_EMPTY: Final[dict[Place, str]] = {
    ("holdfast-slo", "Failed requests by route"): "nothing failed",
    ("holdfast-slo", "Firing alerts"): "nothing is wrong",
    ("holdfast-api", "Responses other than 2xx, by status"): "all were successes",
    ("holdfast-workers", "Retried and dead"): "no attempt failed",
}
MAY_LEAVE_THE_UNIT: Final[dict[Place, str]] = {
    ("holdfast-slo", "Error budget left"): "an overspent budget is below zero",
    ("holdfast-slo", "SLOs at a glance"): "a budget, and a rate of burning it",
    ("holdfast-api", "CPU"): "threads of C code may take more than one core",
    ("holdfast-workers", "Worker CPU"): "as the API's",
}
