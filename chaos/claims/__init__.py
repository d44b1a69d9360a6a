"""Claims of experiments, each judged against one promise of targets.toml."""
