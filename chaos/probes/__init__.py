"""What can be seen from outside without changing anything."""
