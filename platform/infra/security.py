"""The restricted pod security standard, spelt out so that no default decides."""

from typing import Final

from pulumi_kubernetes.core.v1 import (
    PodSecurityContextArgsDict,
    SecurityContextArgsDict,
)

USER: Final = 10001
"""A user id without a name or rights in the image."""

POD_SECURITY: Final[PodSecurityContextArgsDict] = {
    "run_as_non_root": True,
    "run_as_user": USER,
    "run_as_group": USER,
    "fs_group": USER,
    "seccomp_profile": {"type": "RuntimeDefault"},
}

CONTAINER_SECURITY: Final[SecurityContextArgsDict] = {
    "allow_privilege_escalation": False,
    "read_only_root_filesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
