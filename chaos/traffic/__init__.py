"""Background load: open arrivals that do not depend on the platform's responses."""
