"""Definitions of kinds that a cluster must have and this program never installs."""

import functools
from pathlib import Path

import jsonschema
import msgspec

from tests.infra.manifests import module_folder
from tests.infra.schema_check import OPEN, plain, translated

SOURCES = {
    "Gateway": (
        "sigs.k8s.io/gateway-api@v1.6.3",
        "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
    ),
    "HTTPRoute": (
        "sigs.k8s.io/gateway-api@v1.6.3",
        "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    ),
    "Certificate": (
        "github.com/cert-manager/cert-manager@v1.19.1",
        "deploy/crds/cert-manager.io_certificates.yaml",
    ),
    "ExternalSecret": (
        "github.com/external-secrets/external-secrets@v1.3.2",
        "config/crds/bases/external-secrets.io_externalsecrets.yaml",
    ),
}


@functools.cache
def schemas(kind):
    """Return the schemas of this kind's published definition, by version."""
    module, path = SOURCES[kind]
    text = (module_folder(module) / Path(path)).read_text(encoding="utf-8")
    definition = msgspec.yaml.decode(text)["spec"]
    found = {}
    for version in definition["versions"]:
        if not version["served"]:
            continue
        schema = translated(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = OPEN
        found[f"{definition['group']}/{version['name']}"] = schema
    return found


def faults(made):
    """Return the reasons for a server with that definition to refuse the object."""
    asked = plain(made)
    schema = schemas(asked["kind"]).get(asked["apiVersion"])
    if schema is None:
        return [f"{asked['apiVersion']} is not served"]
    found = jsonschema.Draft202012Validator(schema).iter_errors(asked)
    return [f"{'.'.join(map(str, e.path))}: {e.message}" for e in found]
