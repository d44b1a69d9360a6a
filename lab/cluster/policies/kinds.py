"""The fields of pods, namespaces and policies that the agent reads.

An absent selector and an empty one mean different things, so the first is None.
"""

from typing import Literal

from msgspec import Struct, field


class Meta(Struct, frozen=True, rename="camel"):
    """The metadata of an object; that of a namespace has no namespace."""

    name: str
    namespace: str = ""
    uid: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    creation_timestamp: str = ""


class Namespace(Struct, frozen=True):
    """A namespace: its labels are what selectors match."""

    metadata: Meta


class ContainerPort(Struct, frozen=True, rename="camel"):
    """A port of a container, with or without a name."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"


class Container(Struct, frozen=True, rename="camel"):
    """A container, for its named ports."""

    ports: tuple[ContainerPort, ...] = ()
    restart_policy: str = ""
    """`Always` at an init container that keeps running beside the others."""


class PodSpec(Struct, frozen=True, rename="camel"):
    """A pod's node and its containers."""

    node_name: str = ""
    host_network: bool = False
    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()


class PodStatus(Struct, frozen=True, rename="camel"):
    """The phase of a pod. The client's spelling of `podIP` does not follow the rule."""

    phase: str = "Pending"
    address: str = field(name="podIP", default="")


class Pod(Struct, frozen=True):
    """A pod."""

    metadata: Meta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()


class Requirement(Struct, frozen=True):
    """One line of `matchExpressions`."""

    key: str
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: tuple[str, ...] = ()


class Selector(Struct, frozen=True, rename="camel"):
    """Required labels; the empty selector selects everything."""

    match_labels: dict[str, str] = field(default_factory=dict)
    match_expressions: tuple[Requirement, ...] = ()


class Block(Struct, frozen=True):
    """A range of addresses with exceptions."""

    cidr: str
    without: tuple[str, ...] = field(name="except", default=())


class Peer(Struct, frozen=True, rename="camel"):
    """Pods, pods of namespaces, or addresses."""

    pod_selector: Selector | None = None
    namespace_selector: Selector | None = None
    ip_block: Block | None = None


class Port(Struct, frozen=True, rename="camel"):
    """A port by number or name, a range of ports, or a whole protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class Ingress(Struct, frozen=True):
    """Permitted sources and ports. An empty `from` permits every source."""

    peers: tuple[Peer, ...] = field(name="from", default=())
    ports: tuple[Port, ...] = ()


class Egress(Struct, frozen=True):
    """Permitted destinations and ports. An empty `to` permits every destination."""

    peers: tuple[Peer, ...] = field(name="to", default=())
    ports: tuple[Port, ...] = ()


class PolicySpec(Struct, frozen=True, rename="camel"):
    """The pods a policy isolates, and what it permits them."""

    pod_selector: Selector = Selector()
    policy_types: tuple[str, ...] = ()
    ingress: tuple[Ingress, ...] = ()
    egress: tuple[Egress, ...] = ()


class Policy(Struct, frozen=True):
    """A NetworkPolicy of networking.k8s.io/v1."""

    metadata: Meta
    spec: PolicySpec = PolicySpec()
