"""Where an experiment can be played: the same files, another substrate."""
