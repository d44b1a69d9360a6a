"""A node with pods on its bridge and an outside host, in namespaces of the test.

A socket stays in the namespace in which it was made, wherever it is used.
"""

import ctypes
import json
import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab.cluster.policies import kernel

PODS = IPv4Network("198.19.1.0/24")
ADDRESSES = {
    "node": "198.19.1.1",
    "db": "198.19.1.2",
    "api": "198.19.1.3",
    "guest": "198.19.1.4",
    "outside": "198.19.2.2",
}
PORTS = (7001, 7002, 7003)
PATIENCE = 0.5
"""Seconds of silence that count as a refusal: every peer is on this machine."""
_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


class Wires:
    """Five namespaces; tests connect from one to another."""

    pods = PODS

    def __init__(self, undo):
        self._undo = undo
        self._listening = {}
        for name in ADDRESSES:
            self._ip("netns", "add", self.space(name))
            undo.callback(self._ip, "netns", "delete", self.space(name))
            self.inside(name, self._settle)
            self._in(name, "link", "set", "lo", "up")
        self._in("node", "link", "add", "cni0", "type", "bridge")
        self._in("node", "address", "add", "198.19.1.1/24", "dev", "cni0")
        self._in("node", "link", "set", "cni0", "up")
        for name in ADDRESSES.keys() - {"node"}:
            self._connect(name)
        for name in ADDRESSES:
            for port in PORTS:
                self.inside(name, lambda name=name, port=port: self._listen(name, port))

    def space(self, name):
        return f"hfp{os.getpid()}-{name}"

    def address(self, name):
        return ADDRESSES.get(name, name)

    def inside(self, name, work):
        """Run the work in a thread in the namespace; return its result."""

        def enter():
            with Path("/run/netns", self.space(name)).open("rb") as entry:
                if _LIBC.setns(entry.fileno(), _NETWORK):
                    raise OSError(ctypes.get_errno(), "setns")
            return work()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(enter).result()

    def load(self, ruleset):
        self.inside("node", kernel.see_the_bridge)
        self.inside("node", lambda: kernel.load(ruleset))

    def hide_the_bridge(self):
        switch = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
        self.inside("node", lambda: switch.write_text("0"))

    def serve(self, address, port, name, target):
        """Add a service as kube-proxy does: replace its address by the pod's."""
        pod = self.address(name)
        self.load(f"""table ip services {{
    chain to {{
        type nat hook prerouting priority dstnat;
        ip daddr {address} tcp dport {port} dnat to {pod}:{target}
    }}
    chain from {{
        type nat hook postrouting priority srcnat;
        ct status dnat ip saddr {pod} ip daddr {pod} masquerade
    }}
}}""")

    def reach(self, name, other, *, kind="tcp", port=PORTS[0]):
        """Return whether a connection, or a reply to a datagram, succeeds."""
        try:
            return self.ask(name, other, kind=kind, port=port)
        except (TimeoutError, ConnectionRefusedError):
            return False

    def ask(self, name, other, *, kind="tcp", port=PORTS[0]):
        """Do the same; raise when it is refused, or no reply comes."""
        sort = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
        with self.inside(name, lambda: socket.socket(type=sort)) as client:
            client.settimeout(PATIENCE)
            client.connect((self.address(other), port))
            return kind == "tcp" or self._answered(client, other, port)

    def reach6(self, name, other):
        """Do the same with link-local IPv6 addresses."""
        scope = self.inside(name, lambda: socket.if_nametoindex("eth0"))
        with self.inside(name, lambda: socket.socket(socket.AF_INET6)) as client:
            client.settimeout(PATIENCE)
            try:
                client.connect((self.address6(other), PORTS[0], 0, scope))
            except (TimeoutError, OSError):
                return False
        return True

    def address6(self, name):
        said = self._in(name, "-json", "-6", "address", "show", "dev", "eth0")
        return json.loads(said)[0]["addr_info"][0]["local"]

    @contextmanager
    def connected(self, name, other):
        """Connect; return a function that says whether data still passes."""
        with self.inside(name, socket.socket) as client:
            client.settimeout(PATIENCE)
            client.connect((self.address(other), PORTS[0]))
            answering, _ = self._listening["tcp", other, PORTS[0]].accept()

            def talk():
                client.sendall(b"word")
                try:
                    return answering.recv(4) == b"word"
                except TimeoutError:
                    return False

            with answering:
                answering.settimeout(PATIENCE)
                yield talk

    def _answered(self, client, other, port):
        server = self._listening["udp", other, port]
        client.send(b"?")
        _, back = server.recvfrom(1)
        server.sendto(b"!", back)
        return client.recv(1) == b"!"

    def _listen(self, name, port):
        tcp = socket.create_server(
            ("::", port), family=socket.AF_INET6, dualstack_ipv6=True
        )
        udp = socket.socket(type=socket.SOCK_DGRAM)
        udp.bind(("", port))
        for kind, made in (("tcp", tcp), ("udp", udp)):
            made.settimeout(PATIENCE)
            self._listening[kind, name, port] = self._undo.enter_context(made)

    def _settle(self):
        """Enable forwarding, and use of IPv6 addresses at once."""
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")

    def _connect(self, name):
        outside = name == "outside"
        port = f"to-{name}"
        far = ("type", "veth", "peer", "name", "eth0", "netns", self.space(name))
        self._in("node", "link", "add", port, *far)
        if outside:
            self._in("node", "address", "add", "198.19.2.1/24", "dev", port)
        else:
            self._in("node", "link", "set", port, "master", "cni0")
            hairpin = ("type", "bridge_slave", "hairpin", "on")
            self._in("node", "link", "set", port, *hairpin)
        self._in("node", "link", "set", port, "up")
        self._in(name, "address", "add", f"{ADDRESSES[name]}/24", "dev", "eth0")
        self._in(name, "link", "set", "eth0", "up")
        self._ask_again_soon(name)
        gate = "198.19.2.1" if outside else ADDRESSES["node"]
        self._in(name, "route", "add", "default", "via", gate)

    def _ask_again_soon(self, name):
        """Repeat a neighbour solicitation of IPv6 after 20 ms; the default is a second.

        A second is longer than the tests' timeout: after a dropped solicitation the
        next connection would resolve its neighbour barely in time, or too late.
        """
        soon = ("name", "ndisc_cache", "dev", "eth0", "retrans", "20")
        self._in(name, "ntable", "change", *soon)

    def _in(self, name, *words):
        return self._ip("-n", self.space(name), *words)

    def _ip(self, *words):
        return subprocess.check_output(["ip", *words], text=True)  # noqa: S607


@pytest.fixture
def wires(network_programs):  # noqa: ARG001 - `nft` must be there first
    if os.geteuid() != 0:
        pytest.skip("network namespaces belong to root")
    with ExitStack() as undo:
        yield Wires(undo)
