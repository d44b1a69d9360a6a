"""Alertmanager's configuration: receivers by severity and component.

Every receiver is a webhook under one address, which an environment puts in the place
of `ADDRESS`; the path names severity and component, so that each can have its own team.
"""

from typing import Any, Final

import yaml

from dashboards.routing.inhibition import inhibitions, rule
from dashboards.rules.annotations import BOARDS
from targets import Targets

ADDRESS: Final = "http://alerts.invalid"
"""A name that can never exist (RFC 2606), to be replaced by each environment."""
UNROUTED: Final = "unrouted"
REPEATED: Final = {"page": "1h", "ticket": "1d"}
"""Interval between notifications of an alert that still fires, by severity."""


def write_alertmanager(targets: Targets) -> str:
    """Return the text of the file."""
    tree = {
        "route": {
            "receiver": UNROUTED,
            "group_by": ["component", "target"],
            "group_wait": "5s",
            "group_interval": "30s",
            "repeat_interval": REPEATED["page"],
            "routes": [_severity(severity) for severity in REPEATED],
        },
        "inhibit_rules": [rule(one) for one in inhibitions(targets)],
        "receivers": [_receiver(UNROUTED), *(_receiver(name) for name in receivers())],
    }
    text: str = yaml.safe_dump(tree, sort_keys=False, width=100_000)
    return text


def receivers() -> list[str]:
    """Return the name of every receiver that a route leads to."""
    return [
        receiver(severity, component) for severity in REPEATED for component in BOARDS
    ]


def receiver(severity: str, component: str) -> str:
    """Return the receiver of this severity and component."""
    return f"{severity}-{component}"


def _severity(severity: str) -> dict[str, Any]:
    return {
        "matchers": [f'severity="{severity}"'],
        "repeat_interval": REPEATED[severity],
        "routes": [
            {
                "matchers": [f'component="{component}"'],
                "receiver": receiver(severity, component),
            }
            for component in BOARDS
        ],
    }


def _receiver(name: str) -> dict[str, Any]:
    path = name.replace("-", "/", 1)
    return {
        "name": name,
        "webhook_configs": [{"url": f"{ADDRESS}/{path}", "send_resolved": True}],
    }
