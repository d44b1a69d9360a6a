"""The checks that verify runs itself, by their name in targets.toml."""

from collections.abc import Callable, Mapping

from exchange.outcomes import Measurement
from verify.checks.availability import check_availability
from verify.checks.cluster_settings import check_cluster_settings
from verify.checks.database import check_database
from verify.checks.duration import check_duration
from verify.checks.gauges import check_gauges
from verify.checks.histograms import check_histograms
from verify.checks.leftovers import check_leftovers
from verify.checks.memory import check_memory
from verify.checks.start import check_start
from verify.evidence import Evidence

Check = Callable[[Evidence], list[Measurement]]

CHECKS: Mapping[str, Check] = {
    "start": check_start,
    "memory": check_memory,
    "database-settings": check_database,
    "server-histograms": check_histograms,
    "availability": check_availability,
    "gauges": check_gauges,
    "leftovers": check_leftovers,
    "duration": check_duration,
    "settings": check_cluster_settings,
}
