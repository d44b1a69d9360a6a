"""Read-only observations of the platform from outside."""
