"""What every request passes before it reaches a slice, and after."""
