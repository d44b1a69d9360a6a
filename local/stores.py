"""The programs that keep state: etcd, three Patroni members, broker, cache."""

import sys

from local import redis
from local.patroni import patroni_configuration
from local.places import Places, write_private
from local.plan import DATABASES, Plan
from local.program import HttpAnswers, MemberStreams, Program, RedisAnswers
from local.unprivileged import as_unprivileged


def store_programs(places: Places, plan: Plan) -> list[Program]:
    """Describe every store, consensus first."""
    return [
        etcd_program(places, plan),
        redis_program(places, plan, name="broker"),
        redis_program(places, plan, name="cache"),
        *(database_program(places, plan, name=name) for name in DATABASES),
    ]


def write_store_files(places: Places, plan: Plan) -> None:
    """Make the stores' data folders and write their configuration."""
    for name, settings in (("broker", redis.BROKER), ("cache", redis.CACHE)):
        folder = places.data / name
        folder.mkdir(exist_ok=True)
        configuration = redis.redis_configuration(
            folder=folder,
            port=plan.ports.of(name),
            password=(places.secrets / name).read_text(encoding="utf-8"),
            settings=settings,
        )
        write_private(places.configuration / f"{name}.conf", configuration)
    for name in DATABASES:
        configuration = patroni_configuration(places, plan, name=name)
        write_private(places.configuration / f"{name}.yml", configuration)


def etcd_program(places: Places, plan: Plan) -> Program:
    """Describe the consensus store: one member, since there is one machine."""
    clients, peers = plan.ports.url("etcd"), plan.ports.url("etcd-peers")
    flags = {
        "name": "etcd",
        "data-dir": str(places.data / "etcd"),
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"etcd={peers}",
        "initial-cluster-state": "new",
        "auto-compaction-mode": "periodic",
        "auto-compaction-retention": "10m",
        "log-level": "warn",
    }
    return Program(
        name="etcd",
        kind="etcd",
        command=[
            str(plan.binaries.etcd.path),
            *(f"--{k}={v}" for k, v in flags.items()),
        ],
        address=plan.ports.address("etcd"),
        health=HttpAnswers(f"{clients}/health"),
        folder=places.data,
        metrics=f"{clients}/metrics",
    )


def redis_program(places: Places, plan: Plan, *, name: str) -> Program:
    """Describe one Redis."""
    return Program(
        name=name,
        kind="redis",
        command=redis.redis_command(
            plan.binaries.redis_server,
            configuration=places.configuration / f"{name}.conf",
        ),
        address=plan.ports.address(name),
        health=RedisAnswers(port=plan.ports.of(name), secret=name),
        folder=places.data,
    )


def database_program(places: Places, plan: Plan, *, name: str) -> Program:
    """Describe one Patroni member; its Postgres has its own session."""
    patroni = plan.ports.url(name.replace("database", "patroni"))
    configuration = places.configuration / f"{name}.yml"
    return Program(
        name=name,
        kind="database",
        command=as_unprivileged([sys.executable, "-m", "patroni", str(configuration)]),
        address=plan.ports.address(name),
        health=MemberStreams(patroni),
        folder=places.data,
        environment={"PYTHONUNBUFFERED": "1"},
        needs=frozenset({"etcd"}),
        stop_seconds=10,
        metrics=f"{patroni}/metrics",
    )
