"""Check that the cluster has what the stack needs, before any change."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pulumi
from kubernetes import client, config
from urllib3.exceptions import HTTPError

from infra.stack import StackSettings

OLDEST: Final = (1, 33)
"""Earlier versions lack the `sleep` lifecycle hook."""
ANSWER_SECONDS: Final = 10
NOT_FOUND: Final = 404
DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


class Kind(NamedTuple):
    """A resource type that an operator defines."""

    group: str
    version: str
    resource: str
    operator: str


BY_OPERATORS: Final = (
    Kind("postgresql.cnpg.io", "v1", "clusters", "CloudNativePG"),
    Kind("barmancloud.cnpg.io", "v1", "objectstores", "the Barman Cloud plug-in"),
    Kind("argoproj.io", "v1alpha1", "rollouts", "Argo Rollouts"),
    Kind("keda.sh", "v1alpha1", "scaledobjects", "KEDA"),
)
BY_HOSTNAME: Final = (
    Kind("gateway.networking.k8s.io", "v1", "httproutes", "the Gateway API"),
    Kind("cert-manager.io", "v1", "certificates", "cert-manager"),
)
BY_SECRET_STORE: Final = (
    Kind("external-secrets.io", "v1", "externalsecrets", "External Secrets"),
)


class ClusterUnsuitable(pulumi.RunError):
    """The cluster lacks something that the stack needs; one line that names it."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the cluster {problem}; nothing was changed")


def check_cluster(settings: StackSettings) -> None:
    """Check the version, the storage class and the kinds that this stack needs.

    Raises `ClusterUnsuitable` for the first that is missing.
    """
    try:
        api = connect()
        check_version(api)
        check_storage_class(api, settings.storage_class)
        for kind in required_kinds(settings):
            check_kind(api, kind)
    except config.ConfigException as error:
        raise ClusterUnsuitable(f"is not known: {first_line(error)}") from None
    except client.ApiException as error:
        problem = f"refused a request with {error.status} {error.reason}"
        raise ClusterUnsuitable(problem) from None
    except HTTPError as error:
        raise ClusterUnsuitable(f"does not answer: {first_line(error)}") from None


def connect() -> client.ApiClient:
    """Return a client of the cluster that Pulumi's provider will use."""
    context = pulumi.Config("kubernetes").get("context")
    settings = client.Configuration()
    load: Callable[..., None] = config.load_kube_config
    load(context=context, client_configuration=settings)
    settings.retries = False
    return client.ApiClient(settings)


def required_kinds(settings: StackSettings) -> Iterator[Kind]:
    """Yield the kinds that must exist already."""
    if not settings.operators_installed:
        yield from BY_OPERATORS
    if settings.public is not None:
        yield from BY_HOSTNAME
    if settings.secrets.store is not None:
        yield from BY_SECRET_STORE


def check_version(api: client.ApiClient) -> None:
    """Raise `ClusterUnsuitable` for a server that is too old."""
    found = client.VersionApi(api).get_code(_request_timeout=ANSWER_SECONDS)
    version = (int(found.major), int("".join(filter(str.isdigit, found.minor))))
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClusterUnsuitable(f"runs {found.git_version}, older than {oldest}")


def check_storage_class(api: client.ApiClient, wanted: str | None) -> None:
    """Raise `ClusterUnsuitable` if the class, or a default class, is missing."""
    listed = client.StorageV1Api(api).list_storage_class(
        _request_timeout=ANSWER_SECONDS
    )
    if wanted is not None:
        if wanted not in {name_of(found) for found in listed.items}:
            raise ClusterUnsuitable(f"has no storage class {wanted!r} (storageClass)")
    elif not any(is_default(found) for found in listed.items):
        raise ClusterUnsuitable(
            "has no default storage class, and storageClass names none"
        )


def is_default(found: client.V1StorageClass) -> bool:
    """Return whether volumes without a class get this one."""
    notes = found.metadata.annotations if found.metadata else None
    return (notes or {}).get(DEFAULT_CLASS) == "true"


def name_of(found: client.V1StorageClass) -> str | None:
    """Return the name of a class, which every class has."""
    return found.metadata.name if found.metadata else None


def check_kind(api: client.ApiClient, kind: Kind) -> None:
    """Raise `ClusterUnsuitable` for an operator that is not installed."""
    try:
        listed = client.CustomObjectsApi(api).get_api_resources(
            kind.group, kind.version, _request_timeout=ANSWER_SECONDS
        )
        present = kind.resource in {found.name for found in listed.resources}
    except client.ApiException as error:
        if error.status != NOT_FOUND:
            raise
        present = False
    if not present:
        name = f"{kind.resource}.{kind.group}/{kind.version}"
        raise ClusterUnsuitable(f"lacks {kind.operator}: there is no {name}")


def first_line(error: Exception) -> str:
    """Return the first line of an error's message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
