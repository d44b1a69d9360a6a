"""Prometheus, Alertmanager and exporters, if this machine has them."""

import sys
from pathlib import Path

from local.credentials import MONITOR
from local.places import Places, write_private
from local.plan import DATABASES, Plan
from local.ports import HOST
from local.program import HttpAnswers, Program
from local.prometheus import (
    alertmanager_configuration,
    blackbox_configuration,
    prometheus_configuration,
    redis_passwords,
)
from local.services import DATABASE, MIGRATION
from local.settings import CHECKOUT, alert_webhook
from local.unpacked import as_installed

RETENTION = "6h"


def observing_programs(places: Places, plan: Plan) -> list[Program]:
    """Describe every observability program; none where the packages are missing."""
    describe = {
        "prometheus": prometheus_program,
        "alertmanager": alertmanager_program,
        "node-exporter": node_exporter,
        "postgres-exporter": postgres_exporter,
        "redis-exporter": redis_exporter,
        "blackbox-exporter": blackbox_exporter,
    }
    programs = [
        describe[name](places, plan, program) for name, program in plan.tools.items()
    ]
    if "alertmanager" in plan.tools:
        programs.append(notices_program(plan))
    return programs


def write_observing_files(
    places: Places, plan: Plan, metrics: dict[str, dict[str, str]]
) -> None:
    """Write the configuration; `metrics` maps a job to its programs' addresses."""
    folder = places.configuration
    rendered = CHECKOUT / "dashboards" / "rendered"
    rules = rendered / "*.rules.yml"
    routes = (rendered / "alertmanager.yml").read_text(encoding="utf-8")
    webhook = alert_webhook() or plan.ports.url("notices")
    files = {
        "prometheus.yml": prometheus_configuration(plan, metrics, rules=rules),
        "alertmanager.yml": alertmanager_configuration(routes, webhook),
        "blackbox.yml": blackbox_configuration(),
        "redis_passwords.json": redis_passwords(places, plan),
    }
    for name, text in files.items():
        write_private(folder / name, text)


def prometheus_program(places: Places, plan: Plan, program: Path) -> Program:
    """Describe Prometheus."""
    return Program(
        name="prometheus",
        kind="prometheus",
        command=as_installed(
            places.tools,
            [
                str(program),
                f"--config.file={places.configuration / 'prometheus.yml'}",
                f"--storage.tsdb.path={places.data / 'prometheus'}",
                f"--storage.tsdb.retention.time={RETENTION}",
                f"--web.listen-address={plan.ports.address('prometheus')}",
                "--web.enable-lifecycle",
                "--enable-feature=exemplar-storage",
                "--log.level=warn",
            ],
        ),
        address=plan.ports.address("prometheus"),
        health=HttpAnswers(plan.ports.url("prometheus") + "/-/ready"),
        folder=places.data,
        metrics=plan.ports.url("prometheus") + "/metrics",
    )


def alertmanager_program(places: Places, plan: Plan, program: Path) -> Program:
    """Describe Alertmanager, alone: its cluster port stays closed."""
    return Program(
        name="alertmanager",
        kind="alertmanager",
        command=as_installed(
            places.tools,
            [
                str(program),
                f"--config.file={places.configuration / 'alertmanager.yml'}",
                f"--storage.path={places.data / 'alertmanager'}",
                f"--web.listen-address={plan.ports.address('alertmanager')}",
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
        ),
        address=plan.ports.address("alertmanager"),
        health=HttpAnswers(plan.ports.url("alertmanager") + "/-/ready"),
        folder=places.data,
        metrics=plan.ports.url("alertmanager") + "/metrics",
    )


def notices_program(plan: Plan) -> Program:
    """Describe the alert sink, which logs alerts on this machine."""
    address = plan.ports.address("notices")
    return Program(
        name="notices",
        kind="notices",
        command=[sys.executable, "-m", "local.alert_sink", address],
        address=address,
        health=HttpAnswers(plan.ports.url("notices")),
        folder=CHECKOUT,
        essential=False,
    )


def node_exporter(places: Places, plan: Plan, program: Path) -> Program:
    """Describe the exporter of this machine."""
    return exporter(places, plan, "node-exporter", [str(program), "--log.level=warn"])


def blackbox_exporter(places: Places, plan: Plan, program: Path) -> Program:
    """Describe the exporter that probes the API from outside."""
    configuration = places.configuration / "blackbox.yml"
    command = [str(program), f"--config.file={configuration}", "--log.level=warn"]
    return exporter(places, plan, "blackbox-exporter", command)


def redis_exporter(places: Places, plan: Plan, program: Path) -> Program:
    """Describe one exporter for both Redis servers."""
    passwords = places.configuration / "redis_passwords.json"
    command = [
        str(program),
        "--redis.addr=",
        f"--redis.password-file={passwords}",
    ]
    return exporter(places, plan, "redis-exporter", command)


def postgres_exporter(places: Places, plan: Plan, program: Path) -> Program:
    """Describe one exporter for all three databases, as the monitor role."""
    passfile = places.secrets / "monitor_pgpass"
    sources = [
        f"host={HOST} port={plan.ports.of(name)} user={MONITOR} dbname={DATABASE} "
        "sslmode=disable"
        for name in DATABASES
    ]
    return exporter(
        places,
        plan,
        "postgres-exporter",
        # Debian 12's release reads columns that PostgreSQL 17 moved (bgwriter), and
        # exports one name twice when it watches several servers (database).
        [
            str(program),
            "--log.level=error",
            "--no-collector.bgwriter",
            "--no-collector.database",
        ],
        environment={
            "DATA_SOURCE_NAME": ",".join(sources),
            "PGPASSFILE": str(passfile),
        },
    )


def exporter(
    places: Places,
    plan: Plan,
    name: str,
    command: list[str],
    environment: dict[str, str] | None = None,
) -> Program:
    """Describe one exporter; the platform is ready without it."""
    metrics = plan.ports.url(name) + "/metrics"
    return Program(
        name=name,
        kind="exporter",
        command=[*command, f"--web.listen-address={plan.ports.address(name)}"],
        address=plan.ports.address(name),
        health=HttpAnswers(metrics),
        folder=places.data,
        environment=environment or {},
        needs=frozenset({MIGRATION}),
        metrics=metrics,
        essential=False,
    )
