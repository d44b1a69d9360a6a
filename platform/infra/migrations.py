"""The schema is brought forward once per release, before anything uses it."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgsDict
from pulumi_kubernetes.core.v1 import ServiceAccount

from infra.labels import named, unnamed
from infra.pod import Program, container_of, pod_of

DEADLINE_SECONDS: Final = 600
ATTEMPTS: Final = 3


@dataclass(frozen=True, kw_only=True)
class MigrationsArgs:
    """The program that migrates, as the role that owns the schema."""

    namespace: pulumi.Input[str]
    program: Program


class Migrations(pulumi.ComponentResource):
    """A Job that must succeed before its dependants start.

    Its name is generated: a Job cannot be changed, so a new image makes a new one.
    """

    def __init__(
        self,
        name: str,
        args: MigrationsArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:Migrations", name, {}, opts)
        account = ServiceAccount(
            name,
            metadata=named(name, args.namespace),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        Job(
            name,
            metadata=unnamed(args.namespace),
            spec=job_of(args.program, account=name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        self.register_outputs({})


def job_of(program: Program, *, account: str) -> JobSpecArgsDict:
    """Tried a few times, then failed: a release with half a schema must stop."""
    return {
        "backoff_limit": ATTEMPTS - 1,
        "active_deadline_seconds": DEADLINE_SECONDS,
        "template": pod_of(program, account, container_of(program), restart="Never"),
    }
