"""Delivery of job ids through Redis. Dramatiq is the transport and nothing more.

Postgres owns the jobs. The relay publishes the ids of committed jobs, and the broker
hands them to the workers' consumers. A lost, late or repeated message is harmless.
"""
