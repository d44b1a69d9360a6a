"""HTTP layer around the slices: authentication, limits, errors, documentation."""
