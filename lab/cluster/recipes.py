"""The programs that this machine compiles for itself, pinned by their go.mod.

Each recipe is a folder of `lab/recipes` with a go.mod and go.sum and no third-party
source; Go fetches, checks and compiles the rest. Versions that only a linker flag can
set in a program are here, beside the pin that they repeat.
"""

from typing import Final

from msgspec import Struct

KUBERNETES: Final = "1.36.3"
PULUMI: Final = "3.274.1"
PROVIDER: Final = "4.25.0"


class Program(Struct, frozen=True):
    """One binary: its package, and its name in the cluster."""

    package: str
    name: str


class Recipe(Struct, frozen=True):
    """One module graph and the programs that are compiled from it."""

    folder: str
    programs: tuple[Program, ...]
    stamps: tuple[str, ...] = ()
    """`variable=value` that the linker writes into every program."""
    tags: str = ""
    copies: tuple[tuple[str, str, str], ...] = ()
    """Files of a module that the build embeds: module, path in it, name here."""
    companions: tuple[tuple[str, str, str], ...] = ()
    """Files or folders of a module to keep beside the programs: module, path, name."""


def _kubernetes() -> Recipe:
    major, minor, _ = KUBERNETES.split(".")
    stamps = tuple(
        f"{package}.{variable}={value}"
        for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
        for variable, value in (
            ("gitMajor", major),
            ("gitMinor", minor),
            ("gitVersion", f"v{KUBERNETES}"),
            ("gitTreeState", "clean"),
        )
    )
    names = (
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubelet",
        "kube-proxy",
        "kubectl",
    )
    programs = tuple(Program(f"k8s.io/kubernetes/cmd/{name}", name) for name in names)
    return Recipe("kubernetes", programs, stamps)


_PULUMI_VERSION = f"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{PULUMI}"
_PULUMI_PYTHON = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_PROVIDER_FILES = "cmd/pulumi-resource-kubernetes"

CLUSTER: Final = (
    _kubernetes(),
    Recipe("coredns", (Program("github.com/coredns/coredns", "coredns"),)),
    Recipe(
        "metrics-server",
        (Program("sigs.k8s.io/metrics-server/cmd/metrics-server", "metrics-server"),),
    ),
    Recipe(
        "local-path",
        (Program("github.com/rancher/local-path-provisioner", "local-path"),),
    ),
)
"""The programs of a Kubernetes on this machine."""

OPERATORS: Final = (
    Recipe(
        "cloudnative-pg",
        (
            Program(
                "github.com/cloudnative-pg/cloudnative-pg/cmd/manager", "manager-cnpg"
            ),
        ),
        (
            "github.com/cloudnative-pg/cloudnative-pg/pkg/versions.buildVersion=1.30.0",
            "github.com/cloudnative-pg/cloudnative-pg/pkg/versions.buildCommit=module",
        ),
        companions=(
            (
                "github.com/cloudnative-pg/cloudnative-pg",
                "releases/cnpg-1.30.0.yaml",
                "manifests/cloudnative-pg.yaml",
            ),
        ),
    ),
    Recipe(
        "barman-cloud",
        (
            Program(
                "github.com/cloudnative-pg/plugin-barman-cloud/cmd/manager",
                "manager-barman",
            ),
        ),
        companions=(
            (
                "github.com/cloudnative-pg/plugin-barman-cloud",
                "manifest.yaml",
                "manifests/barman-cloud.yaml",
            ),
        ),
    ),
    Recipe(
        "argo-rollouts",
        (
            Program(
                "github.com/argoproj/argo-rollouts/cmd/rollouts-controller",
                "rollouts-controller",
            ),
        ),
        ("github.com/argoproj/argo-rollouts/utils/version.version=v1.9.1",),
        companions=(
            (
                "github.com/argoproj/argo-rollouts",
                "manifests/install.yaml",
                "manifests/argo-rollouts.yaml",
            ),
        ),
    ),
    Recipe(
        "versitygw",
        (Program("github.com/versity/versitygw/cmd/versitygw", "versitygw"),),
    ),
    Recipe(
        "keda",
        (
            Program("github.com/kedacore/keda/v2/cmd/operator", "keda-operator"),
            Program("github.com/kedacore/keda/v2/cmd/adapter", "keda-adapter"),
        ),
        companions=(("github.com/kedacore/keda/v2", "config", "manifests/keda"),),
    ),
)
"""The programs that run as pods and have no Debian package."""

DEPLOYMENT: Final = (
    Recipe(
        "pulumi",
        (Program("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi"),),
        (_PULUMI_VERSION,),
        tags="osusergo,grpcnotrace",
        companions=(
            (
                "github.com/pulumi/pulumi/sdk/v3",
                "python/cmd/pulumi-language-python-exec",
                "pulumi-language-python-exec",
            ),
        ),
    ),
    Recipe(
        "pulumi-python",
        (Program(_PULUMI_PYTHON, "pulumi-language-python"),),
        (_PULUMI_VERSION,),
    ),
    Recipe(
        "pulumi-kubernetes",
        (Program(".", "pulumi-resource-kubernetes"),),
        (f"{_PROVIDER}/pkg/version.Version={PROVIDER}",),
        copies=(
            (_PROVIDER, f"{_PROVIDER_FILES}/schema.json", "schema.json"),
            (
                _PROVIDER,
                f"{_PROVIDER_FILES}/terraform-mapping.json",
                "terraform-mapping.json",
            ),
        ),
    ),
)
"""Pulumi's command line, Python host and provider, where none are installed."""

EVERYTHING: Final = (*DEPLOYMENT, *CLUSTER, *OPERATORS)
