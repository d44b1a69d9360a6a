# ruff: noqa: A005 (Pulumi runs this folder; nobody imports it)
"""Holdfast on Kubernetes: what `pulumi up` builds, in the order it is needed."""

import pulumi
from infra.guarded_namespace import GuardedNamespace, GuardedNamespaceArgs
from infra.migrations import Migrations, MigrationsArgs
from infra.programs import programs_of
from infra.sizes import read_sizes
from infra.stack import read_stack
from infra.web_service import WebService, WebServiceArgs
from infra.worker_pool import WorkerPool, WorkerPoolArgs

import targets

settings = read_stack(pulumi.Config("holdfast"))
sizes = read_sizes(targets.load(), settings)

home = GuardedNamespace(
    "holdfast",
    GuardedNamespaceArgs(
        name=settings.namespace,
        gateway_namespace=settings.gateway_namespace,
        observability_namespace=settings.observability_namespace,
        data_namespace=settings.data_namespace,
        api="api",
    ),
)
programs = programs_of(settings, sizes, home.name)

migrations = Migrations(
    "migrations", MigrationsArgs(namespace=home.name, program=programs.migrations)
)
after_migrations = pulumi.ResourceOptions(depends_on=[migrations])

api = WebService(
    "api",
    WebServiceArgs(
        namespace=home.name,
        program=programs.api,
        minimum=sizes.api_minimum,
        maximum=sizes.api_maximum,
        cpu_percent=sizes.api_cpu_percent,
    ),
    after_migrations,
)
for program, replicas in (
    (programs.worker, sizes.workers),
    (programs.relay, settings.attendants),
    (programs.scheduler, settings.attendants),
):
    WorkerPool(
        program.name,
        WorkerPoolArgs(namespace=home.name, program=program, replicas=replicas),
        after_migrations,
    )

pulumi.export("namespace", home.name)
pulumi.export("api", api.host)
