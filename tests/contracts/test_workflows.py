"""CI runs the developers' commands, with pinned actions and minimal rights."""

import re
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(params=WORKFLOWS, ids=[path.stem for path in WORKFLOWS])
def workflow(request):
    return msgspec.yaml.decode(request.param.read_bytes())


@pytest.fixture
def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_actions_are_pinned_by_commit(steps):
    used = [step["uses"] for step in steps if "uses" in step]

    assert used
    assert all(re.search(r"@[0-9a-f]{40}$", action) for action in used)


def test_a_job_has_read_rights_and_a_timeout(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


def test_only_our_own_commands_are_run(steps):
    taskfile = msgspec.yaml.decode((ROOT / "Taskfile.yml").read_bytes())

    for command in (step["run"] for step in steps if "run" in step):
        program, *arguments = command.split()

        assert (ROOT / program).is_file(), command
        assert program != "./task" or arguments[0] in taskfile["tasks"]


def test_experiments_run_every_week():
    ci = msgspec.yaml.decode((ROOT / ".github" / "workflows" / "ci.yml").read_bytes())
    triggers = ci.get("on", ci.get(True))

    (weekly,) = triggers["schedule"]
    assert weekly["cron"].split()[2:4] == ["*", "*"]
    assert weekly["cron"].split()[4] != "*"
