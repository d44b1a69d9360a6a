"""The client's own record of what the platform acknowledged, and its audit."""
