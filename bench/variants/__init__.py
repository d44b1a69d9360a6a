"""Our own programs, changed in one place to see what that place is worth.

They are subjects: each runs as a process of its own, and nobody imports them. They
alone in the bench may import what they change.
"""
