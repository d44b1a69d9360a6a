"""Every experiment by name, in the order in which a full run plays them."""

from chaos.experiments import (
    api_instance_killed,
    broker_wiped_and_killed,
    cache_wiped_and_killed,
    control_relay_without_sweep,
    database_host_killed,
    database_process_killed,
    worker_killed_mid_job,
)
from chaos.stage import PlatformExperiment

EXPERIMENTS: dict[str, PlatformExperiment] = {
    module.EXPERIMENT.name: module.EXPERIMENT
    for module in (
        api_instance_killed,
        cache_wiped_and_killed,
        worker_killed_mid_job,
        broker_wiped_and_killed,
        control_relay_without_sweep,
        database_process_killed,
        database_host_killed,
    )
}
