"""An S3 server over a folder: where a stack keeps backups that has no object store."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet, StatefulSetSpecArgsDict
from pulumi_kubernetes.core.v1 import ContainerArgsDict, ProbeArgsDict, Service

from infra.backups import ACCESS, HIDDEN, KEYS_SECRET
from infra.bounds import bounded
from infra.data_pod import identity, one_at_a_time, pod_template
from infra.disks import DELETED_WITH_THE_SET, Disk, claim_of
from infra.labels import labels_of, named
from infra.ports import S3

NAME: Final = "object-store"
DATA: Final = "/data"


@dataclass(frozen=True, kw_only=True)
class BundledStoreArgs:
    """The image, the bucket, and the size of its disk."""

    namespace: pulumi.Input[str]
    image: str
    bucket: str
    disk: Disk


class BundledStore(pulumi.ComponentResource):
    """One copy on one disk: it outlives the database's pods, not its own disk."""

    def __init__(
        self,
        name: str,
        args: BundledStoreArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("holdfast:platform:BundledStore", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        metadata = named(NAME, args.namespace)
        account = identity(NAME, args.namespace, child)
        StatefulSet(
            NAME,
            metadata=metadata,
            spec=stateful_set_of(args),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        Service(
            NAME,
            metadata=metadata,
            spec={
                "selector": labels_of(NAME),
                "ports": [{"name": "s3", "port": S3, "target_port": "s3"}],
            },
            opts=child,
        )
        one_at_a_time(NAME, args.namespace, child)
        self.register_outputs({})


def stateful_set_of(args: BundledStoreArgs) -> StatefulSetSpecArgsDict:
    """One pod with one volume, which is deleted with it."""
    return {
        "replicas": 1,
        "service_name": NAME,
        "selector": {"match_labels": labels_of(NAME)},
        "template": pod_template(NAME, [container_of(args)], []),
        "persistent_volume_claim_retention_policy": DELETED_WITH_THE_SET,
        "volume_claim_templates": [claim_of("data", args.disk)],
    }


def container_of(args: BundledStoreArgs) -> ContainerArgsDict:
    """A bucket is a folder; Kubernetes makes it when it mounts a part of the volume.

    The server takes its keys from variables alone.
    """
    return {
        "name": NAME,
        "image": args.image,
        "command": ["versitygw"],
        "args": ["--port", f":{S3}", "--health", "/health", "posix", DATA],
        "env": [
            {
                "name": variable,
                "value_from": {"secret_key_ref": {"name": KEYS_SECRET, "key": key}},
            }
            for variable, key in (
                ("ROOT_ACCESS_KEY", ACCESS),
                ("ROOT_SECRET_KEY", HIDDEN),
            )
        ],
        "ports": [{"name": "s3", "container_port": S3}],
        "resources": bounded("50m", "256Mi"),
        "startup_probe": probe(1, 60),
        "liveness_probe": probe(10, 3),
        "readiness_probe": probe(2, 2),
        "volume_mounts": [
            {"name": "data", "mount_path": DATA},
            {
                "name": "data",
                "mount_path": f"{DATA}/{args.bucket}",
                "sub_path": args.bucket,
            },
        ],
    }


def probe(period_seconds: int, failures: int) -> ProbeArgsDict:
    """The server answers for itself alone."""
    return {
        "http_get": {"path": "/health", "port": "s3"},
        "period_seconds": period_seconds,
        "timeout_seconds": 2,
        "failure_threshold": failures,
    }
