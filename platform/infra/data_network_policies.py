"""Network policies of the data namespace."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from infra import broker_proxy, cache, object_store
from infra.labels import PART_OF, labels_of
from infra.network_policies import (
    ANY_VALUE,
    DENY_ALL,
    Policies,
    allow_api_server,
    allow_dns,
    allow_egress,
    allow_ingress,
    cidr_peer,
    namespace_peer,
    pod_peer,
)
from infra.operator_network_policies import ANYWHERE, INSTANCE_MANAGER
from infra.ports import DATABASE_METRICS, POSTGRES, PROXY_METRICS, REDIS, S3, SENTINEL
from infra.redis_config import MASTER
from infra.stack import ObjectStore

HTTPS = 443
HTTP = 80
DATABASE: Final = {"cnpg.io/cluster": ANY_VALUE}
"""Pods and jobs of any database cluster: there are two during a restore."""


@dataclass(frozen=True, kw_only=True)
class DataNetworkArgs:
    """The neighbouring namespaces, and the store of backups."""

    app_namespace: str
    observability_namespace: str
    operator_namespace: str
    api_server_cidr: str
    store: ObjectStore


def policies_of(args: DataNetworkArgs) -> Policies:
    """Return the policies by name."""
    return {
        "deny-by-default": DENY_ALL,
        "dns": allow_dns(PART_OF),
        **database_policies(args),
        **redis_policies(args),
        **store_policies(args),
    }


def database_policies(args: DataNetworkArgs) -> Policies:
    """Return the policies of the instances: replication, operator, API server."""
    ports = (POSTGRES, INSTANCE_MANAGER)
    programs = [namespace_peer(args.app_namespace)]
    operator = [namespace_peer(args.operator_namespace)]
    observability = [namespace_peer(args.observability_namespace)]
    instances = [pod_peer(DATABASE)]
    return {
        "programs-to-database": allow_ingress(DATABASE, programs, POSTGRES),
        "operator-to-database": allow_ingress(DATABASE, operator, *ports),
        "database-replication-ingress": allow_ingress(DATABASE, instances, *ports),
        "database-replication-egress": allow_egress(DATABASE, instances, *ports),
        "database-to-api-server": allow_api_server(DATABASE, args.api_server_cidr),
        "prometheus-to-database": allow_ingress(
            DATABASE, observability, POSTGRES, DATABASE_METRICS
        ),
    }


def redis_policies(args: DataNetworkArgs) -> Policies:
    """Return the policies of Redis; only the proxy may reach the broker's members."""
    members, proxy = labels_of(MASTER), labels_of(broker_proxy.NAME)
    cached, programs = labels_of(cache.NAME), [namespace_peer(args.app_namespace)]
    observability = [namespace_peer(args.observability_namespace)]
    peers = [pod_peer(members)]
    return {
        "programs-to-broker-proxy": allow_ingress(proxy, programs, REDIS),
        "programs-to-cache": allow_ingress(cached, programs, REDIS),
        "broker-proxy-to-broker-egress": allow_egress(proxy, peers, REDIS),
        "broker-proxy-to-broker-ingress": allow_ingress(
            members, [pod_peer(proxy)], REDIS
        ),
        "broker-replication-ingress": allow_ingress(members, peers, REDIS, SENTINEL),
        "broker-replication-egress": allow_egress(members, peers, REDIS, SENTINEL),
        "exporter-to-broker": allow_ingress(members, observability, REDIS),
        "exporter-to-cache": allow_ingress(cached, observability, REDIS),
        "exporter-to-broker-proxy": allow_ingress(
            proxy, observability, REDIS, PROXY_METRICS
        ),
    }


def store_policies(args: DataNetworkArgs) -> Policies:
    """Return the policies of backups; only database pods may reach the store."""
    if not args.store.bundled:
        parts = urlsplit(args.store.endpoint)
        port = parts.port or (HTTPS if parts.scheme == "https" else HTTP)
        # The store is known by host name, and a policy only knows addresses.
        anywhere = [cidr_peer(ANYWHERE)]
        return {
            "database-to-object-store-egress": allow_egress(DATABASE, anywhere, port)
        }
    store = labels_of(object_store.NAME)
    return {
        "database-to-object-store-egress": allow_egress(
            DATABASE, [pod_peer(store)], S3
        ),
        "database-to-object-store-ingress": allow_ingress(
            store, [pod_peer(DATABASE)], S3
        ),
    }
