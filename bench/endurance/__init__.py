"""Memory of one instance and one worker under ten minutes of load."""
