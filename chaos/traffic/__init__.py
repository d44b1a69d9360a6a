"""Background load: open arrivals that go on whatever the platform does."""
