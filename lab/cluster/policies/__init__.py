"""Network policies of the cluster of this machine, kept by rules of the kernel.

The bridge plugin connects pods and forbids nothing. A keeper on each node reads pods,
namespaces and policies, and writes one table of nftables rules.
"""
