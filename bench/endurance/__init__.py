"""Ten minutes of load on one instance and one worker: what it does to memory."""
