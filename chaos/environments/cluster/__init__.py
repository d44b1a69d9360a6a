"""The parts of a platform on Kubernetes: pods, workloads, doors, and how to ask."""
