"""Who may talk to whom in the data namespace."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pulumi_kubernetes.networking.v1 import (
    NetworkPolicyPeerArgsDict,
    NetworkPolicySpecArgsDict,
)

from infra import broker_proxy, cache, object_store
from infra.labels import PART_OF, labels_of
from infra.operator_paths import ANYWHERE, INSTANCE_MANAGER
from infra.permits import (
    ANY,
    DENIED,
    addresses,
    asking_the_cluster,
    entering,
    leaving,
    pods,
    resolving,
    whole,
)
from infra.ports import DATABASE_FIGURES, POSTGRES, PROXY_FIGURES, REDIS, S3, SENTINEL
from infra.redis_files import MASTER
from infra.stack import ObjectStore

HTTPS = 443
HTTP = 80


DATABASE: Final = {"cnpg.io/cluster": ANY}
"""Pods and jobs of any database: while one is restored from another there are two."""


@dataclass(frozen=True, kw_only=True)
class DataPaths:
    """The neighbours, and where backups go."""

    app_namespace: str
    observability_namespace: str
    operator_namespace: str
    api_server_cidr: str
    store: ObjectStore


Policies = dict[str, NetworkPolicySpecArgsDict]


def policies_of(paths: DataPaths) -> Policies:
    """Each policy under the name that says what it permits."""
    return {
        "deny-by-default": DENIED,
        "resolve-names": resolving(PART_OF),
        **database_policies(paths),
        **redis_policies(paths),
        **store_policies(paths),
    }


def database_policies(paths: DataPaths) -> Policies:
    """Instances replicate, are governed by the operator, and ask the API server."""
    between = (POSTGRES, INSTANCE_MANAGER)
    watched = [whole(paths.observability_namespace)]
    return {
        "programs-to-database": entering(
            DATABASE, [whole(paths.app_namespace)], POSTGRES
        ),
        "operator-to-database": entering(
            DATABASE, [whole(paths.operator_namespace)], *between
        ),
        "members-are-reached": entering(DATABASE, [pods(DATABASE)], *between),
        "members-reach": leaving(DATABASE, [pods(DATABASE)], *between),
        "database-asks-cluster": asking_the_cluster(DATABASE, paths.api_server_cidr),
        "database-is-watched": entering(DATABASE, watched, POSTGRES, DATABASE_FIGURES),
    }


def redis_policies(paths: DataPaths) -> Policies:
    """Programs know the proxy and the cache; only the proxy knows the members."""
    members, proxy = labels_of(MASTER), labels_of(broker_proxy.NAME)
    stored, programs = labels_of(cache.NAME), [whole(paths.app_namespace)]
    watched = [whole(paths.observability_namespace)]
    return {
        "programs-to-broker": entering(proxy, programs, REDIS),
        "programs-to-cache": entering(stored, programs, REDIS),
        "proxy-reaches-brokers": leaving(proxy, [pods(members)], REDIS),
        "brokers-are-reached": entering(members, [pods(proxy)], REDIS),
        "brokers-know-each-other": entering(members, [pods(members)], REDIS, SENTINEL),
        "brokers-reach-each-other": leaving(members, [pods(members)], REDIS, SENTINEL),
        "brokers-are-watched": entering(members, watched, REDIS),
        "cache-is-watched": entering(stored, watched, REDIS),
        "proxy-is-watched": entering(proxy, watched, REDIS, PROXY_FIGURES),
    }


def store_policies(paths: DataPaths) -> Policies:
    """The database's own pods write backups and read them; nobody else does."""
    if not paths.store.bundled:
        parts = urlsplit(paths.store.endpoint)
        port = parts.port or (HTTPS if parts.scheme == "https" else HTTP)
        # It has a name, and a policy knows only addresses.
        anywhere: NetworkPolicyPeerArgsDict = addresses(ANYWHERE)
        return {"database-archives": leaving(DATABASE, [anywhere], port)}
    kept = labels_of(object_store.NAME)
    return {
        "database-archives": leaving(DATABASE, [pods(kept)], S3),
        "store-is-reached": entering(kept, [pods(DATABASE)], S3),
    }
