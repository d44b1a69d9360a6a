"""What serves and what works, once the schema is there."""

from dataclasses import dataclass

import pulumi

from infra.programs import Programs
from infra.sizes import Sizes
from infra.stack import StackSettings
from infra.web_service import WebService, WebServiceArgs
from infra.worker_pool import WorkerPool, WorkerPoolArgs


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """The programs, how many of each, and what they wait for."""

    namespace: pulumi.Input[str]
    programs: Programs
    sizes: Sizes
    settings: StackSettings
    before: list[pulumi.Resource]
    """What must be there before any of them runs. Their names, identities and budgets
    wait for nothing.
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
        attendants, prometheus = args.settings.attendants, args.settings.prometheus
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
            (programs.relay, attendants, None),
            (programs.scheduler, attendants, None),
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
