"""What the panels of the workers select."""

from typing import Final

ATTEMPTS: Final = "holdfast_job_duration_seconds"
WAIT: Final = "holdfast_job_wait_seconds"
HERE: Final = 'job="worker",instance=~"$instance"'
