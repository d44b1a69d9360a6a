"""The client's own record of the writes that the platform acknowledged, with audit."""
