"""Network policies have the meaning of the Kubernetes documentation."""

import pytest

DENY_ALL = """
podSelector: {}
policyTypes: [Ingress, Egress]
"""
EVERYBODY = {"frontend", "client", "stranger", "dns", "namesake", "outside"}


def test_a_pod_that_no_policy_selects_is_open(cluster, make_policy):
    elsewhere = make_policy("podSelector: {matchLabels: {role: frontend}}")
    of_others = make_policy(DENY_ALL, namespace="friends")

    judged = cluster.judge(elsewhere, of_others)

    assert (judged.entering, judged.leaving) == (None, None)


def test_default_deny_closes_every_pod_of_its_namespace(cluster, make_policy):
    deny = make_policy(DENY_ALL)

    for name in ("db", "frontend"):
        judged = cluster.judge(deny, of=name)
        assert (judged.entering, judged.leaving) == ((), ())
    assert cluster.judge(deny, of="client").entering is None


def test_default_deny_ingress_leaves_egress_open(cluster, make_policy):
    judged = cluster.judge(make_policy("{podSelector: {}, policyTypes: [Ingress]}"))

    assert (judged.entering, judged.leaving) == ((), None)


def test_default_deny_egress_leaves_ingress_open(cluster, make_policy):
    judged = cluster.judge(make_policy("{podSelector: {}, policyTypes: [Egress]}"))

    assert (judged.entering, judged.leaving) == (None, ())


def test_without_types_ingress_is_closed_and_egress_only_by_its_rules(
    cluster, make_policy
):
    only_selecting = cluster.judge(make_policy("podSelector: {}"))
    with_rules = make_policy("{podSelector: {}, egress: [{}]}")

    assert (only_selecting.entering, only_selecting.leaving) == ((), None)
    assert cluster.judge(with_rules).entering == ()
    assert cluster.leaving(with_rules) == EVERYBODY


def test_egress_rules_count_only_if_the_types_name_egress(cluster, make_policy):
    judged = cluster.judge(
        make_policy("{podSelector: {}, policyTypes: [Ingress], egress: [{}]}")
    )

    assert judged.leaving is None


def test_an_empty_rule_permits_every_peer(cluster, make_policy):
    allow = make_policy("{podSelector: {}, ingress: [{}]}")

    assert cluster.entering(make_policy(DENY_ALL), allow) == EVERYBODY


def test_an_absent_from_permits_every_peer_but_an_empty_selector_only_this_namespace(
    cluster, make_policy
):
    absent = make_policy("{podSelector: {}, ingress: [{ports: [{port: 8080}]}]}")
    empty = make_policy("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")

    assert cluster.entering(absent) == EVERYBODY
    assert cluster.entering(empty) == {"frontend"}


def test_an_empty_namespace_selector_is_every_pod_but_no_outside_address(
    cluster, make_policy
):
    pods = make_policy(
        "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}"
    )

    assert cluster.entering(pods) == EVERYBODY - {"outside"}


def test_two_selectors_of_one_peer_must_both_match(cluster, make_policy):
    both = make_policy("""
podSelector: {}
ingress:
  - from:
      - namespaceSelector: {matchLabels: {project: friends}}
        podSelector: {matchLabels: {role: client}}
""")

    assert cluster.entering(both) == {"client"}


def test_one_of_two_peers_is_enough(cluster, make_policy):
    either = make_policy("""
podSelector: {}
ingress:
  - from:
      - namespaceSelector: {matchLabels: {project: friends}}
      - podSelector: {matchLabels: {role: frontend}}
""")

    assert cluster.entering(either) == {"client", "stranger", "frontend"}


def test_a_namespace_is_selected_by_its_name(cluster, make_policy):
    named = make_policy("""
podSelector: {}
ingress:
  - from:
      - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}
""")

    assert cluster.entering(named) == {"namesake"}


def test_policies_add_up(cluster, make_policy):
    one = make_policy("""
podSelector: {matchLabels: {role: db}}
ingress: [{from: [{podSelector: {}}]}]
""")
    other = make_policy("""
podSelector: {}
ingress: [{from: [{ipBlock: {cidr: 198.51.100.0/24}}]}]
""")

    assert cluster.entering(one, other) == {"frontend", "outside"}


def test_exceptions_of_a_block_are_excluded(cluster, make_policy):
    block = make_policy("""
podSelector: {}
ingress:
  - from:
      - ipBlock: {cidr: 198.19.1.0/29, except: [198.19.1.2/32, 198.19.1.4/31]}
""")

    assert cluster.entering(block) == {"client", "namesake"}


def test_a_block_of_ipv6_permits_no_peer(cluster, make_policy):
    block = make_policy(
        '{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: "::/0"}}]}]}'
    )

    assert cluster.entering(block) == set()


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ("{key: role, operator: In, values: [client, frontend]}", {"client"}),
        ("{key: role, operator: NotIn, values: [client]}", {"stranger"}),
        ("{key: absent, operator: NotIn, values: [x]}", {"client", "stranger"}),
        ("{key: role, operator: Exists}", {"client", "stranger"}),
        ("{key: role, operator: DoesNotExist}", set()),
    ],
)
def test_expressions_select(cluster, make_policy, expression, selected):
    policy = make_policy(f"""
podSelector: {{}}
ingress:
  - from:
      - namespaceSelector: {{matchLabels: {{project: friends}}}}
        podSelector: {{matchExpressions: [{expression}]}}
""")

    assert cluster.entering(policy) == selected


def test_a_pod_in_its_nodes_network_is_neither_isolated_nor_a_peer(
    cluster, make_pod, make_policy
):
    cluster.pods["host"] = make_pod("default/host", 9, hostNetwork=True)
    same_namespace = make_policy(
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
    )

    assert cluster.entering(same_namespace) == {"frontend"}
    with pytest.raises(KeyError):
        cluster.judge(same_namespace, of="host")


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_is_no_peer(cluster, make_pod, make_policy, phase):
    cluster.pods["job"] = make_pod("default/job", 9, phase=phase)
    same_namespace = make_policy(
        "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
    )

    assert cluster.entering(same_namespace) == {"frontend"}


def test_an_address_of_two_pods_belongs_to_the_younger(cluster, make_pod, make_policy):
    cluster.pods["late"] = make_pod(
        "friends/late", 1, {"role": "late"}, created="2026-01-02T00:00:00Z"
    )

    assert cluster.judge(make_policy(DENY_ALL), of="late").entering is None


def test_only_pods_of_the_node_are_returned(cluster, make_policy):
    with pytest.raises(KeyError):
        cluster.judge(make_policy(DENY_ALL), of="dns")
