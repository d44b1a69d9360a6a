"""Our own programs, each changed in one place to measure the effect of that place.

They are subjects: each runs as its own process, and no module imports them. Only
they may import the code that they change.
"""
