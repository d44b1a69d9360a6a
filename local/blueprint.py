"""The whole platform as data: every program of a plan, and the files they read."""

from local.observability import observing_programs, write_observing_files
from local.places import Places
from local.plan import Plan
from local.program import Program, write_start_script
from local.services import service_programs
from local.settings import inherited_environment
from local.stores import store_programs, write_store_files

SCRAPED = ("api", "worker", "relay", "scheduler")


def all_programs(places: Places, plan: Plan) -> list[Program]:
    """Describe every program, in the order of the status page."""
    return [
        *service_programs(places, plan),
        *store_programs(places, plan),
        *observing_programs(places, plan),
    ]


def write_files(places: Places, plan: Plan, programs: list[Program]) -> None:
    """Write every configuration and start script; nothing starts."""
    write_store_files(places, plan)
    write_observing_files(places, plan, scrape_targets(programs))
    inherited = inherited_environment()
    for program in programs:
        write_start_script(places, program, inherited)


def scrape_targets(programs: list[Program]) -> dict[str, dict[str, str]]:
    """Map each Prometheus job to its programs and their host:port."""
    jobs: dict[str, dict[str, str]] = {}
    for program in programs:
        job = job_of(program)
        if job and program.metrics:
            address = program.metrics.removeprefix("http://").removesuffix("/metrics")
            jobs.setdefault(job, {})[program.name] = address
    return jobs


def job_of(program: Program) -> str | None:
    """Name the Prometheus job of a program; None if it is scraped another way."""
    if program.kind in SCRAPED or program.kind in ("etcd", "prometheus"):
        return program.kind
    named = {
        "database": "patroni",
        "alertmanager": "alertmanager",
    }.get(program.kind)
    if named:
        return named
    return {"postgres-exporter": "postgres", "node-exporter": "node"}.get(program.name)
