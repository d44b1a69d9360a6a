# ruff: noqa: A005 (Pulumi runs this folder; nobody imports it)
"""Holdfast on Kubernetes: what `pulumi up` builds, in the order it is needed."""

import pulumi
from infra.data import keep_data
from infra.front import NAME as FRONT
from infra.front import stand_in_front
from infra.gateway import open_door
from infra.guarded_namespace import GuardedNamespace, GuardedNamespaceArgs
from infra.migrations import migrate
from infra.observability.wiring import watch
from infra.operators import install_operators
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

operators = install_operators(settings, pins)
data = keep_data(settings, promised, sizes, pins, operators.for_data)
home = GuardedNamespace(
    "holdfast",
    GuardedNamespaceArgs(
        name=settings.namespace,
        gateway_namespace=settings.gateway_namespace,
        gateway_cidr=settings.gateway_cidr,
        observability_namespace=settings.observability_namespace,
        data_namespace=settings.data_namespace,
        front=FRONT,
        api="api",
    ),
)
watch(settings, promised, pins, watched=[home, data.home])
programs = programs_of(settings, sizes, home.name)

migrations = migrate(programs, home.name, after=data)
workloads = Workloads(
    "workloads",
    WorkloadsArgs(
        namespace=home.name, programs=programs, sizes=sizes, settings=settings
    ),
    pulumi.ResourceOptions(depends_on=[migrations, *operators.for_programs]),
)

front = stand_in_front(settings, sizes, pins, home.name)

pulumi.export("namespace", home.name)
pulumi.export("api", front.host)
pulumi.export("url", open_door(settings, home.name, front.host))
