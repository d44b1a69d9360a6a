"""The local environment, read from a published platform."""

import json

import pytest

from chaos.environments.environment import Member, PlatformMissing
from chaos.environments.local import LocalEnvironment, read_members


@pytest.fixture
def published(tmp_path):
    document = {
        "schema": 1,
        "started": "2026-11-20T12:00:00Z",
        "state": str(tmp_path),
        "hold_dir": str(tmp_path / "hold"),
        "api": {"url": "http://127.0.0.1:1", "instances": ["api-1", "api-2"]},
        "workers": ["worker-1"],
        "processes": {"api-1": {"kind": "api", "metrics": "http://127.0.0.1:2"}},
        "database": {
            "name": "holdfast",
            "hosts": ["127.0.0.1:3"],
            "users": {},
            "patroni": {"name": "patroni", "password": "secret"},
        },
        "redis": {},
        "machine": {"cores": 2, "system": "Debian"},
    }
    (tmp_path / "hold").mkdir()
    (tmp_path / "platform.json").write_text(json.dumps(document))
    return tmp_path


def test_a_platform_that_is_down_is_reported_with_the_start_command(tmp_path):
    with pytest.raises(PlatformMissing, match="start it with `task up`"):
        LocalEnvironment.load(tmp_path)


def test_a_hold_is_a_file_until_its_release(published):
    environment = LocalEnvironment.load(published)

    environment.hold("broker")
    held = [path.name for path in (published / "hold").iterdir()]
    environment.release("broker")
    environment.release("broker")

    assert held == ["broker"]
    assert list((published / "hold").iterdir()) == []


async def test_members_are_unknown_when_no_agent_responds(published):
    assert await LocalEnvironment.load(published).members() == []


def test_roles_are_parsed_from_the_cluster_managers_names():
    cluster = {
        "members": [
            {"name": "database-1", "role": "replica", "state": "stopped", "lag": 0},
            {"name": "database-2", "role": "leader", "state": "running"},
            {"name": "database-3", "role": "quorum_standby", "state": "streaming"},
        ]
    }

    assert read_members(json.dumps(cluster).encode()) == [
        Member(name="database-1", role="replica", streaming=False),
        Member(name="database-2", role="leader", streaming=True),
        Member(name="database-3", role="synchronous", streaming=True),
    ]
