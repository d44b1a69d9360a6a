"""Every experiment by name, in the order of a full run."""

from chaos.experiments import (
    api_instance_killed,
    bad_release,
    broker_pod_killed,
    broker_wiped_and_killed,
    cache_wiped_and_killed,
    control_relay_without_sweep,
    database_host_killed,
    database_pod_killed,
    database_process_killed,
    good_release,
    node_cut_off,
    worker_killed_mid_job,
)
from chaos.run_context import Place, PlatformExperiment

EXPERIMENTS: dict[str, PlatformExperiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        api_instance_killed,
        cache_wiped_and_killed,
        worker_killed_mid_job,
        broker_wiped_and_killed,
        broker_pod_killed,
        control_relay_without_sweep,
        database_process_killed,
        database_host_killed,
        database_pod_killed,
        good_release,
        bad_release,
        node_cut_off,
    )
}


def experiments_on(place: Place) -> dict[str, PlatformExperiment]:
    """Return the experiments that this environment supports, by name."""
    return {name: e for name, e in EXPERIMENTS.items() if place in e.places}
