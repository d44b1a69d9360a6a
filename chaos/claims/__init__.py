"""What must hold, each judged against one promise of targets.toml."""
