# ruff: noqa: A005 (Pulumi runs this folder; no module imports it)
"""Holdfast on Kubernetes: the resources of `pulumi up`, in the order of dependency."""

import pulumi
from infra.api_proxy import create_api_proxy
from infra.data import create_data
from infra.gateway import create_gateway
from infra.migrations import create_migrations
from infra.observability.wiring import create_observability
from infra.operators import FOR_DATA, FOR_PROGRAMS, create_operators
from infra.pins import read_pins
from infra.preflight import check_cluster
from infra.programs import create_programs
from infra.restricted_namespace import create_namespace
from infra.sizes import read_sizes
from infra.stack import read_stack
from infra.workloads import create_workloads

import targets

settings = read_stack(pulumi.Config("holdfast"))
promised = targets.load()
sizes = read_sizes(promised, settings)
pins = read_pins(settings.pins)
check_cluster(settings)

data_operators = create_operators("data", FOR_DATA, settings, pins)
data = create_data(settings, promised, sizes, pins, data_operators)

namespace = create_namespace(settings)
while_database_starts = pulumi.ResourceOptions(
    depends_on=[namespace, *data.before_database]
)
program_operators = create_operators(
    "programs", FOR_PROGRAMS, settings, pins, while_database_starts
)
create_observability(settings, promised, pins, while_database_starts)

programs = create_programs(settings, sizes, namespace.name)
migrations = create_migrations(programs, namespace.name, data.database)
create_workloads(
    settings, sizes, programs, namespace.name, [data, migrations, *program_operators]
)
proxy = create_api_proxy(settings, sizes, pins, namespace.name)
url = create_gateway(settings, namespace.name, proxy.host)

pulumi.export("namespace", namespace.name)
pulumi.export("apiService", proxy.host)
pulumi.export("url", url)
