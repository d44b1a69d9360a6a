"""The parts of a platform on Kubernetes: pods, workloads, port forwards and queries."""
