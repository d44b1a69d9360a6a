"""The plans of steps: full, quick, drill, and cluster."""

from exchange.folders import cluster_platform_file
from verify.steps import Step, chaos, check, cluster, drill, load, look, prove

_START = check("start", "Start the platform", 25)
# Enough requests at the rate of the suite to prove slo.errors when none fails.
_SHORT = "35s"
_STEADY = "The promised mix at a steady rate"
_POSTGRES = chaos("database-process-killed", "Postgres is killed", 30)
_INSTANCE = chaos("api-instance-killed", "An API instance is killed", 32)
_SETTINGS = check("database-settings", "What the database is told", 1)
_HISTOGRAMS = check("server-histograms", "What the server itself counted", 1)
_MEMORY = check("memory", "Memory of every process", 2)
_BOARDS = prove("boards", "Every panel is asked for its data", 8)
_RULES_TITLE = "Alert rules at their edges, and planted faults"
_GAUGES = check("gauges", "What Prometheus saw at worst", 1)
_LEFTOVERS = check("leftovers", "Stop the platform, look for leftovers", 10)
_DURATION = check("duration", "How long all of this took", 0)

FULL: tuple[Step, ...] = (
    _START,
    load("steady", _STEADY, 75),
    _BOARDS,
    _GAUGES,
    _HISTOGRAMS,
    _SETTINGS,
    # After the histograms: holding instances down restarts their counters.
    load("capacity", "As much as one instance carries", 165, alone=True),
    _POSTGRES,
    chaos("database-host-killed", "A database host is killed", 50),
    chaos("broker-wiped-and-killed", "The broker is wiped and killed", 35),
    chaos("cache-wiped-and-killed", "The cache is wiped and killed", 35),
    chaos("worker-killed-mid-job", "A worker is killed in mid-job", 40),
    _INSTANCE,
    chaos("control-relay-without-sweep", "Control: a loss must be seen", 45),
    check("availability", "What the faults cost together", 1),
    _MEMORY,
    _LEFTOVERS,
    prove("rules", _RULES_TITLE, 30, name="alert-rules", needs_platform=False),
    _DURATION,
)

QUICK: tuple[Step, ...] = (
    _START,
    load("steady", _STEADY, 50, "--duration", _SHORT),
    _GAUGES,
    _HISTOGRAMS,
    _SETTINGS,
    _POSTGRES,
    _INSTANCE,
    prove(
        "rules",
        _RULES_TITLE,
        12,
        "--mutants",
        "1",
        name="alert-rules",
        needs_platform=False,
    ),
    # This late, because budgets are recorded once a minute and the load is shorter.
    _BOARDS,
    _MEMORY,
    _LEFTOVERS,
    _DURATION,
)

DRILL: tuple[Step, ...] = (
    _START,
    drill("api-instance-down", "An API instance is down", 115),
    drill("worker-down", "A worker is down", 115),
    drill("database-member-down", "A database member is down", 120),
    drill("broker-down", "The broker is down", 115),
    drill("cache-down", "The cache is down", 115),
    _LEFTOVERS,
    _DURATION,
)

CLUSTER: tuple[Step, ...] = (
    load(
        "smoke",
        "Every route once, on Kubernetes",
        40,
        "--cluster",
        str(cluster_platform_file()),
    ),
    look("settings", "What autoscalers and releases are told", 2),
    cluster("api-instance-killed", "An API pod is killed", 60),
    cluster("cache-wiped-and-killed", "The cache's pod is wiped and killed", 60),
    cluster("worker-killed-mid-job", "A worker's pod is killed in mid-job", 80),
    cluster("broker-wiped-and-killed", "The broker's pods are wiped and killed", 90),
    cluster("broker-pod-killed", "The broker's leading pod is killed", 75),
    cluster("database-pod-killed", "The database's primary pod is killed", 75),
    cluster("good-release", "A changed setting is released", 240),
    cluster("bad-release", "A bad release is rolled back by itself", 240),
    # Last, because recovery from a partition takes longest.
    cluster("node-cut-off", "A node is cut off", 240),
)

RECORDED = frozenset(
    {
        f"cluster:{name}"
        for name in ("image", "preview", "start", "second-up", "leftovers")
    }
)
"""Measured by `python -m lab.cluster` and by the image build."""


def expected_seconds(steps: tuple[Step, ...]) -> float:
    """Return the expected total duration of these steps."""
    return sum(step.expected_seconds for step in steps)
