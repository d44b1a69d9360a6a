"""What can be done with events; doors call these and nothing else."""
