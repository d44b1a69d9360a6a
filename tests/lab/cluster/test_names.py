"""The local cluster's DNS listens on the port that the stack's policies permit.

Policies see the pod's port, not the service's: another port would stop all lookups.
"""

from infra.network_policies import DNS

from lab.cluster.addons.names import names


def test_dns_listens_on_the_port_that_policies_permit():
    (made,) = [o for o in names() if o["kind"] == "Deployment"]
    (container,) = made["spec"]["template"]["spec"]["containers"]

    assert {port["containerPort"] for port in container["ports"]} == {DNS}
    assert {port["protocol"] for port in container["ports"]} == {"TCP", "UDP"}
