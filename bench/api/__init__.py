"""Our API beside its peers: routes, offered load, log in, telemetry, starting."""
