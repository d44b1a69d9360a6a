# ruff: noqa: A005 (Pulumi runs this folder; nobody imports it)
"""Holdfast on Kubernetes: what `pulumi up` builds, in the order it is needed."""

import pulumi
from infra.data import keep_data
from infra.front import stand_in_front
from infra.gateway import open_door
from infra.guarded_namespace import GuardedNamespace
from infra.migrations import migrate
from infra.observability.wiring import watch
from infra.operators import FOR_DATA, FOR_PROGRAMS, install_operators
from infra.pins import read_pins
from infra.preflight import demand_cluster
from infra.programs import programs_of
from infra.sizes import read_sizes
from infra.stack import read_stack
from infra.workloads import Workloads, WorkloadsArgs

import targets

settings = read_stack(pulumi.Config("holdfast"))
promised = targets.load()
sizes = read_sizes(promised, settings)
pins = read_pins(settings.pins)
demand_cluster(settings)

for_data = install_operators("data", FOR_DATA, settings, pins)
data = keep_data(settings, promised, sizes, pins, for_data)
home = GuardedNamespace("holdfast", settings)
meanwhile = pulumi.ResourceOptions(depends_on=[home, *data.before_database])
for_programs = install_operators("programs", FOR_PROGRAMS, settings, pins, meanwhile)
watch(settings, promised, pins, meanwhile)
programs = programs_of(settings, sizes, home.name)

migrations = migrate(programs, home.name, data.database)
Workloads(
    "workloads",
    WorkloadsArgs(
        namespace=home.name,
        programs=programs,
        sizes=sizes,
        settings=settings,
        before=[data, migrations, *for_programs],
    ),
)
front = stand_in_front(settings, sizes, pins, home.name)

pulumi.export("namespace", home.name)
pulumi.export("api", front.host)
pulumi.export("url", open_door(settings, home.name, front.host))
