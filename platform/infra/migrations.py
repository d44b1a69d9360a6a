"""The Job that creates the database roles and migrates the schema."""

from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, ServiceAccount

from infra.environment import SECRETS_AT
from infra.labels import generated_meta, object_meta
from infra.pod import Program, container_of, pod_of
from infra.programs import Programs

DEADLINE_SECONDS: Final = 600
ATTEMPTS: Final = 3
SUPERUSER: Final = "superuser"


@dataclass(frozen=True, kw_only=True)
class MigrationsArgs:
    """The program that creates the roles, as superuser, and the one that migrates."""

    namespace: pulumi.Input[str]
    bootstrap: Program
    program: Program
    database: pulumi.Resource


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
            metadata=object_meta(name, args.namespace),
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        Job(
            name,
            metadata=generated_meta(args.namespace),
            spec=job_of(args, account=name),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[account, args.database]
            ),
        )
        self.register_outputs({})


def create_migrations(
    programs: Programs, namespace: pulumi.Input[str], database: pulumi.Resource
) -> Migrations:
    """Create the Job; it runs after the database is ready."""
    args = MigrationsArgs(
        namespace=namespace,
        bootstrap=programs.bootstrap,
        program=programs.migrations,
        database=database,
    )
    return Migrations("migrations", args)


def job_of(args: MigrationsArgs, *, account: str) -> JobSpecArgsDict:
    """Return the Job's spec; a release stops when its attempts have failed."""
    program, superuser = args.program, args.bootstrap.environment.secret_volume()
    superuser["name"] = SUPERUSER
    template = pod_of(program, account, container_of(program), restart="Never")
    spec = cast("dict[str, Any]", template["spec"])
    spec["init_containers"] = [first_container(args.bootstrap)]
    spec["volumes"].append(superuser)
    return {
        "backoff_limit": ATTEMPTS - 1,
        "active_deadline_seconds": DEADLINE_SECONDS,
        "template": template,
    }


def first_container(bootstrap: Program) -> ContainerArgsDict:
    """Return the init container, the only one that has the superuser's password."""
    container = container_of(bootstrap)
    container["volume_mounts"] = [
        {"name": SUPERUSER, "mount_path": SECRETS_AT, "read_only": True},
        {"name": "scratch", "mount_path": "/tmp"},  # noqa: S108 the root is read-only
    ]
    return container
