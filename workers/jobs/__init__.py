"""Jobs: claim, lease, run, retry or dead-letter. The state of a job is its row."""
