"""Faults. Every fault is a context manager that undoes itself."""
