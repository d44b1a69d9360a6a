"""The status page: one row per process, then the links."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.plan import Plan
from local.status import PlatformStatus, ProcessStatus

MEBIBYTE = 1024 * 1024
MINUTE = 60
HOUR = 3600


def status_view(status: PlatformStatus, plan: Plan) -> RenderableType:
    """Return the whole status page."""
    return Group(process_table(status), summary(status), links(plan))


def process_table(status: PlatformStatus) -> Table:
    """Return one row per process."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("process", "role", "address"):
        table.add_column(heading, no_wrap=True)
    for heading in ("lag", "MiB", "up"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("health")
    for name, process in status.processes.items():
        table.add_row(
            name,
            role_text(process),
            process.address,
            lag_text(process),
            f"{process.pss_bytes / MEBIBYTE:.0f}",
            duration(process.uptime_seconds),
            health_text(process),
        )
    return table


def role_text(process: ProcessStatus) -> Text:
    """Return the role of a database; empty for other programs."""
    if not isinstance(process.role, str):
        return Text("")
    words = {"synchronous": "sync standby"}
    return Text(words.get(process.role, process.role), "bold")


def health_text(process: ProcessStatus) -> Text:
    """Return healthy, or the state and why."""
    if process.healthy:
        return Text("healthy", "green")
    if process.state == "held":
        return Text("held down", "yellow")
    return Text(f"{process.state}: {process.detail or 'no answer'}", "red")


def lag_text(process: ProcessStatus) -> str:
    """Return the lag of a standby."""
    return f"{process.lag_bytes:,} B" if isinstance(process.lag_bytes, int) else ""


def duration(seconds: float | None) -> str:
    """Format an age."""
    if seconds is None:
        return "-"
    if seconds < MINUTE:
        return f"{seconds:.0f} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE:.0f} min"
    return f"{seconds / HOUR:.1f} h"


def summary(status: PlatformStatus) -> Text:
    """Return the summary line."""
    word, style = ("ready", "bold green") if status.ready else ("not ready", "bold red")
    text = Text.assemble(
        (word, style), f", {status.pss_bytes / MEBIBYTE:.0f} MiB in all"
    )
    if status.controls:
        text.append(f", negative control: {', '.join(status.controls)}", "yellow")
    return text


def links(plan: Plan) -> Table:
    """Return the links."""
    table = Table(box=None, show_header=False, pad_edge=False)
    api = plan.ports.url("api")
    rows = {
        "API reference": f"{api}/reference",
        "OpenAPI": f"{api}/api/v1/openapi.json",
        "health": f"{api}/health/ready",
    }
    pages = {"prometheus": "Prometheus", "alertmanager": "Alertmanager"}
    rows |= {
        title: plan.ports.url(name)
        for name, title in pages.items()
        if name in plan.tools
    }
    for title, url in rows.items():
        table.add_row(title, Text(url, f"link {url} cyan"))
    return table
