"""One public name with TLS, which leads to the API and to nothing else."""

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
def public(completed, preview_all):
    """The objects that a hostname adds, by their Pulumi names."""
    stack = completed("production")
    stack["config"] |= NAMED
    (answer,) = preview_all([stack])
    assert "error" not in answer
    return {
        (item["type"], item["name"]): item["inputs"]
        for item in answer["objects"]
        if item["type"] in KINDS
    }


def test_every_object_fits_its_publishers_definition(public):
    assert {kind for kind, _ in public} == set(KINDS)
    assert not any(map(foreign.faults, public.values()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_field_that_is_not_in_the_definition_is_named(public, kind):
    spoilt = next(copy.deepcopy(m) for (k, _), m in public.items() if k == kind)
    spoilt["spec"]["hope"] = True

    assert any("hope" in fault for fault in foreign.faults(spoilt))


def test_only_the_https_listener_leads_to_the_api(public):
    api = public["HTTPRoute", "public-gateway-api"]["spec"]
    (parent,) = api["parentRefs"]
    (rule,) = api["rules"]
    (backend,) = rule["backendRefs"]

    assert parent["sectionName"] == "https"
    assert (backend["name"], backend["port"]) == ("api-proxy", 80)


def test_http_is_redirected_to_https(public):
    redirect = public["HTTPRoute", "public-gateway-redirect"]["spec"]
    (parent,) = redirect["parentRefs"]
    (rule,) = redirect["rules"]
    (told,) = rule["filters"]

    assert parent["sectionName"] == "http"
    assert "backendRefs" not in rule
    assert told["requestRedirect"] == {"scheme": "https", "statusCode": 301}


def test_the_listener_uses_the_issued_certificate(public):
    certificate = public["Certificate", "public-gateway"]
    gateway = public["Gateway", "public-gateway"]
    listeners = {one["name"]: one for one in gateway["spec"]["listeners"]}
    (shown,) = listeners["https"]["tls"]["certificateRefs"]

    assert shown["name"] == certificate["spec"]["secretName"]
    assert gateway["metadata"]["namespace"] == certificate["metadata"]["namespace"], (
        "a listener reads keys of its own namespace only"
    )
    assert certificate["spec"]["dnsNames"] == ["api.example.org"]
    assert certificate["spec"]["issuerRef"]["name"] == "public"
    assert listeners["http"].get("tls") is None


def test_routes_of_other_namespaces_are_refused(public):
    for listener in public["Gateway", "public-gateway"]["spec"]["listeners"]:
        allowed = listener["allowedRoutes"]["namespaces"]
        (chosen,) = allowed["selector"]["matchExpressions"]

        assert allowed["from"] == "Selector"
        assert set(chosen["values"]) <= {"holdfast", "gateway"}


def test_every_route_is_attached_to_our_gateway(public):
    gateway = public["Gateway", "public-gateway"]["metadata"]
    routes = [route for (kind, _), route in public.items() if kind == "HTTPRoute"]

    for route in routes:
        (parent,) = route["spec"]["parentRefs"]
        assert (parent["name"], parent["namespace"]) == (
            gateway["name"],
            gateway["namespace"],
        )


def test_without_a_hostname_there_is_no_gateway(objects):
    assert not {made["type"] for made in objects} & set(KINDS)


@pytest.mark.parametrize("missing", ["gatewayClass", "issuer"])
def test_an_incomplete_gateway_names_the_missing_setting(
    completed, preview_all, missing
):
    stack = completed("production")
    stack["config"] |= {k: v for k, v in NAMED.items() if not k.endswith(missing)}

    (answer,) = preview_all([stack])

    assert answer["error"].startswith(f"holdfast:{missing} is not set")
    assert answer["objects"] == []
