"""The queue's entry to the domain: publish, run and schedule jobs.

`delivery` carries job ids from Postgres to the workers, `jobs` runs them and decides
about retries, `schedule` puts jobs by the clock, `actors` holds the handlers.
"""
