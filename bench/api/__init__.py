"""Our API compared with peers: routes, offered load, log in, telemetry, start."""
