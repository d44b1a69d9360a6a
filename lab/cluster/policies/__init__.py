"""Network policies of this machine's cluster, enforced by nftables.

The bridge plug-in connects pods and restricts nothing. An agent on each node reads
pods, namespaces and policies, and writes one table of nftables rules.
"""
