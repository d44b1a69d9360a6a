"""Images of the platform's services, from Debian's packages."""

from typing import Final

from lab.images.image import Compiled, Image, Packages

BASE: Final = ("base-files", "libc-bin")
SHELL: Final = (*BASE, "coreutils", "dash", "grep", "sed")
"""For a pod's start-up script, and for debugging in a pod."""
_UTF8: Final = ("LANG", "C.UTF-8")
_POSTGRES: Final = "/usr/lib/postgresql/18/bin"

SERVICES: Final = (
    Image(
        name="postgresql",
        tag="18",
        about="PostgreSQL 18 for CloudNativePG, with C.UTF-8 and en_US.UTF-8",
        files=Packages(
            (*SHELL, "postgresql-18", "tzdata"),
            suite="forky",
            locales=("en_US.UTF-8",),
            folders=("/var/lib/postgresql/data", "/run/postgresql"),
        ),
        account="postgres:26",
        environment=(
            ("PATH", f"{_POSTGRES}:/usr/bin"),
            ("PGDATA", "/var/lib/postgresql/data/pgdata"),
            _UTF8,
        ),
    ),
    Image(
        name="redis",
        tag="7",
        about="redis-server, redis-sentinel and redis-cli",
        files=Packages(
            (*SHELL, "redis-sentinel", "redis-server", "redis-tools"),
            folders=("/data",),
        ),
        account="redis:999",
        command=("redis-server",),
        environment=(_UTF8,),
        workdir="/data",
    ),
    Image(
        name="haproxy",
        tag="2",
        about="HAProxy",
        files=Packages((*SHELL, "haproxy")),
        account="haproxy:99",
        command=("haproxy", "-f", "/etc/haproxy/haproxy.cfg"),
        environment=(_UTF8,),
    ),
    Image(
        name="prometheus",
        tag="2",
        about="prometheus and promtool",
        # Older suites lack Prometheus's discovery of pods.
        files=Packages((*BASE, "prometheus"), suite="trixie", folders=("/prometheus",)),
        account="nobody:65534",
        command=("prometheus",),
        environment=(_UTF8,),
        workdir="/prometheus",
    ),
    Image(
        name="alertmanager",
        tag="0",
        about="prometheus-alertmanager and amtool",
        files=Packages(
            (*BASE, "ca-certificates", "prometheus-alertmanager"),
            folders=("/alertmanager",),
        ),
        account="nobody:65534",
        command=("prometheus-alertmanager",),
        environment=(_UTF8,),
        workdir="/alertmanager",
    ),
    Image(
        name="exporters",
        tag="1",
        about="exporters of Postgres, Redis, this node, and what is seen from outside",
        files=Packages(
            (
                *BASE,
                "ca-certificates",
                "prometheus-blackbox-exporter",
                "prometheus-node-exporter",
                "prometheus-postgres-exporter",
                "prometheus-redis-exporter",
            )
        ),
        account="nobody:65534",
        environment=(_UTF8,),
    ),
    Image(
        name="pause",
        tag="1",
        about="holds a pod's namespaces open",
        files=Compiled("pause.c", "/pause"),
        account="pause:65535",
        command=("/pause",),
    ),
)
