"""What the cluster must have, asked before anything is made in it."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pulumi
from kubernetes import client, config
from urllib3.exceptions import HTTPError

from infra.stack import StackSettings

OLDEST: Final = (1, 33)
"""Earlier ones cannot let a pod sleep before it ends, as ours do."""
ANSWER_SECONDS: Final = 10
NOT_FOUND: Final = 404
DEFAULT_CLASS: Final = "storageclass.kubernetes.io/is-default-class"


class Kind(NamedTuple):
    """A kind that an operator brings, by the name of its resource."""

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


class ClusterUnfit(pulumi.RunError):
    """The cluster lacks what the stack needs; one line that names it."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the cluster {problem}; nothing was changed")


def demand_cluster(settings: StackSettings) -> None:
    """Ask the cluster of the current context for what this stack needs.

    Raises `ClusterUnfit` for the first thing that it lacks.
    """
    try:
        api = connected()
        demand_version(api)
        demand_storage_class(api, settings.storage_class)
        for kind in needed(settings):
            demand_kind(api, kind)
    except config.ConfigException as error:
        raise ClusterUnfit(f"is not known: {first_line(error)}") from None
    except client.ApiException as error:
        problem = f"refused a question with {error.status} {error.reason}"
        raise ClusterUnfit(problem) from None
    except HTTPError as error:
        raise ClusterUnfit(f"does not answer: {first_line(error)}") from None


def connected() -> client.ApiClient:
    """A client of the cluster that Pulumi's provider will use."""
    context = pulumi.Config("kubernetes").get("context")
    settings = client.Configuration()
    load: Callable[..., None] = config.load_kube_config
    load(context=context, client_configuration=settings)
    settings.retries = False
    return client.ApiClient(settings)


def needed(settings: StackSettings) -> Iterator[Kind]:
    """The kinds that must be there already."""
    if not settings.operators_installed:
        yield from BY_OPERATORS
    if settings.hostname is not None:
        yield from BY_HOSTNAME
    if settings.secret_store is not None:
        yield from BY_SECRET_STORE


def demand_version(api: client.ApiClient) -> None:
    """Raises `ClusterUnfit` for a server that is too old."""
    told = client.VersionApi(api).get_code(_request_timeout=ANSWER_SECONDS)
    version = (int(told.major), int("".join(filter(str.isdigit, told.minor))))
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ClusterUnfit(f"runs {told.git_version}, older than {oldest}")


def demand_storage_class(api: client.ApiClient, wanted: str | None) -> None:
    """Raises `ClusterUnfit` without the wanted class, or without a default one."""
    listed = client.StorageV1Api(api).list_storage_class(
        _request_timeout=ANSWER_SECONDS
    )
    if wanted is not None:
        if wanted not in {name_of(found) for found in listed.items}:
            raise ClusterUnfit(f"has no storage class {wanted!r} (storageClass)")
    elif not any(is_default(found) for found in listed.items):
        raise ClusterUnfit("has no default storage class, and storageClass names none")


def is_default(found: client.V1StorageClass) -> bool:
    """Whether volumes that name no class get this one."""
    notes = found.metadata.annotations if found.metadata else None
    return (notes or {}).get(DEFAULT_CLASS) == "true"


def name_of(found: client.V1StorageClass) -> str | None:
    """The name of a class, which every class has."""
    return found.metadata.name if found.metadata else None


def demand_kind(api: client.ApiClient, kind: Kind) -> None:
    """Raises `ClusterUnfit` for an operator that is not installed."""
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
        raise ClusterUnfit(f"lacks {kind.operator}: there is no {name}")


def first_line(error: Exception) -> str:
    """What an error says, shortened to one line."""
    return (str(error).splitlines() or [type(error).__name__])[0]
