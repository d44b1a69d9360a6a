"""API, workers, relay and scheduler, started after the migrations."""

from dataclasses import dataclass

import pulumi

from infra.programs import Programs
from infra.sizes import Sizes
from infra.stack import StackSettings
from infra.web_service import WebService, WebServiceArgs
from infra.worker_pool import WorkerPool, WorkerPoolArgs


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """The programs, their replicas, and their dependencies."""

    namespace: pulumi.Input[str]
    programs: Programs
    sizes: Sizes
    settings: StackSettings
    before: list[pulumi.Resource]
    """Must exist before any pod runs. Services, service accounts and budgets do not
    wait for it.
    """


class Workloads(pulumi.ComponentResource):
    """The API, the workers, the relay and the scheduler."""

    host: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: WorkloadsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Workloads", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        programs, sizes = args.programs, args.sizes
        relay_replicas = args.settings.programs.relay_replicas
        prometheus = args.settings.prometheus
        api = WebService(
            programs.api.name,
            WebServiceArgs(
                namespace=args.namespace,
                program=programs.api,
                bounds=sizes.api,
                release=sizes.release,
                prometheus=prometheus,
                before=args.before,
            ),
            child,
        )
        for program, replicas, queue in (
            (programs.worker, sizes.queue.minimum, sizes.queue),
            (programs.relay, relay_replicas, None),
            (programs.scheduler, relay_replicas, None),
        ):
            pool = WorkerPoolArgs(
                namespace=args.namespace,
                program=program,
                replicas=replicas,
                queue=queue,
                prometheus=prometheus,
                before=args.before,
            )
            WorkerPool(program.name, pool, child)
        self.host = api.host
        self.register_outputs({"host": self.host})


def create_workloads(
    settings: StackSettings,
    sizes: Sizes,
    programs: Programs,
    namespace: pulumi.Input[str],
    before: list[pulumi.Resource],
) -> Workloads:
    """Create the programs; their pods start after `before`."""
    args = WorkloadsArgs(
        namespace=namespace,
        programs=programs,
        sizes=sizes,
        settings=settings,
        before=before,
    )
    return Workloads("workloads", args)
