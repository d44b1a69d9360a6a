"""Environments for experiments: the same experiments on different substrates."""
