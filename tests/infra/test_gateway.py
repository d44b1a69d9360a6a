"""One public name, encrypted, that leads to the API and to nothing else."""

import copy

import pytest

from tests.infra import foreign

NAMED = {
    "holdfast:hostname": "api.example.org",
    "holdfast:gatewayClass": "example",
    "holdfast:issuer": "public",
}
KINDS = ("Gateway", "HTTPRoute", "Certificate")


@pytest.fixture(scope="module")
def gateway(completed, preview_all):
    """The objects that a hostname adds, by their Pulumi names."""
    stack = completed("production")
    stack["config"] |= NAMED
    (answer,) = preview_all([stack])
    assert "error" not in answer
    return {
        (made["type"], made["name"]): made["inputs"]
        for made in answer["objects"]
        if made["type"] in KINDS
    }


def test_every_object_fits_its_publishers_definition(gateway):
    assert {kind for kind, _ in gateway} == set(KINDS)
    assert not any(map(foreign.faults, gateway.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_the_definition_does_not_know_is_named(gateway, kind):
    made = next(copy.deepcopy(m) for (k, _), m in gateway.items() if k == kind)
    made["spec"]["hope"] = True

    assert any("hope" in fault for fault in foreign.faults(made))


def test_only_the_encrypted_listener_leads_to_the_api(gateway):
    api = gateway["HTTPRoute", "public-gateway-api"]["spec"]
    (parent,) = api["parentRefs"]
    (rule,) = api["rules"]
    (backend,) = rule["backendRefs"]

    assert parent["sectionName"] == "https"
    assert (backend["name"], backend["port"]) == ("api-proxy", 80)


def test_whoever_comes_unencrypted_is_sent_there(gateway):
    redirect = gateway["HTTPRoute", "public-gateway-redirect"]["spec"]
    (parent,) = redirect["parentRefs"]
    (rule,) = redirect["rules"]
    (told,) = rule["filters"]

    assert parent["sectionName"] == "http"
    assert "backendRefs" not in rule
    assert told["requestRedirect"] == {"scheme": "https", "statusCode": 301}


def test_the_listener_shows_the_certificate_that_is_asked_for(gateway):
    certificate = gateway["Certificate", "public-gateway"]
    gateway = gateway["Gateway", "public-gateway"]
    listeners = {one["name"]: one for one in gateway["spec"]["listeners"]}
    (shown,) = listeners["https"]["tls"]["certificateRefs"]

    assert shown["name"] == certificate["spec"]["secretName"]
    assert gateway["metadata"]["namespace"] == certificate["metadata"]["namespace"], (
        "a listener reads keys of its own namespace only"
    )
    assert certificate["spec"]["dnsNames"] == ["api.example.org"]
    assert certificate["spec"]["issuerRef"]["name"] == "public"
    assert listeners["http"].get("tls") is None


def test_routes_of_other_namespaces_are_not_taken(gateway):
    for listener in gateway["Gateway", "public-gateway"]["spec"]["listeners"]:
        allowed = listener["allowedRoutes"]["namespaces"]
        (chosen,) = allowed["selector"]["matchExpressions"]

        assert allowed["from"] == "Selector"
        assert set(chosen["values"]) <= {"holdfast", "gateway"}


def test_every_route_is_attached_to_our_gateway(gateway):
    gateway = gateway["Gateway", "public-gateway"]["metadata"]
    routes = [made for (kind, _), made in gateway.items() if kind == "HTTPRoute"]

    for route in routes:
        (parent,) = route["spec"]["parentRefs"]
        assert (parent["name"], parent["namespace"]) == (
            gateway["name"],
            gateway["namespace"],
        )


def test_without_a_name_there_is_no_door(objects):
    assert not {made["type"] for made in objects} & set(KINDS)


@pytest.mark.parametrize("missing", ["gatewayClass", "issuer"])
def test_half_a_door_names_the_setting(completed, preview_all, missing):
    stack = completed("production")
    stack["config"] |= {k: v for k, v in NAMED.items() if not k.endswith(missing)}

    (answer,) = preview_all([stack])

    assert answer["error"].startswith(f"holdfast:{missing} is not set")
    assert answer["objects"] == []
