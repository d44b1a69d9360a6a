"""Every page has the required form, and only commands that exist."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import promql_parser
import pytest

import targets
from runbooks.walker.pages import FOLDER, PageUnreadable, page_paths, read_page
from runbooks.walker.placeholders import find_placeholders
from targets.units import Quantity

ROOT = Path(__file__).parents[2]
HEADINGS = (
    "1. Is it real?",
    "2. Make it stop",
    "3. Is it better?",
    "4. Why did it happen?",
    "5. Undo",
    "6. Escalate",
)
PAGES = page_paths()


@pytest.fixture(params=PAGES, ids=[path.stem for path in PAGES])
def path(request):
    return request.param


@pytest.fixture
def page(path):
    return read_page(path, targets.load())


def test_the_id_is_the_file_name(page, path):
    assert page.front.id == path.stem


def test_sections_come_in_the_required_order(page):
    found = re.findall(r"^## (.*?)(?: \(.*\))?$", page.body, re.MULTILINE)

    assert tuple(found) == HEADINGS


def test_the_first_action_is_on_the_first_screen(page):
    before = page.body.partition("```check")[0]

    assert "**In one line**" in before
    assert len(before.splitlines()) < 12


def test_every_block_has_the_fields_of_its_kind(page):
    needed = {
        "check": {"id", "expect"},
        "look": {"id"},
        "act": {"id", "undo"},
        "verify": {"target", "within", "expect"},
    }

    assert {block.kind for block in page.blocks} >= {"check", "act", "verify"}
    for block in page.blocks:
        assert needed[block.kind] <= set(block.options), block
        assert len(block.commands) > 0
        if block.options.get("undo") == "none":
            assert block.options["reason"]


def test_block_names_are_unique(page):
    names = [block.id for block in page.blocks]

    assert len(names) == len(set(names))


def test_every_check_has_a_branch_for_each_result(page):
    sections = {place.name for place in page.sections}
    pages = {path.stem for path in PAGES}

    for block in page.blocks:
        assert bool(block.branches) is (block.kind == "check"), block
        for branch in block.branches:
            re.compile(branch.pattern)
            other = re.search(r"see `([a-z-]+)`", branch.do)
            assert branch.place in sections or (other and other[1] in pages), branch


def test_the_first_block_checks_and_a_false_alarm_leads_to_verify(page):
    ways = {branch.place for block in page.blocks for branch in block.branches}

    assert page.blocks[0].kind == "check"
    assert "3" in ways


def test_the_pattern_of_a_fault_does_not_match_any_output(page):
    for block in page.blocks:
        if block.expect is not None:
            assert not re.search(block.expect, "\n"), block
            assert not re.search(block.expect, "no platform runs here\n"), block


def test_every_placeholder_is_explained(page):
    for block in page.blocks:
        placeholders = {
            placeholder
            for command in block.commands
            for placeholder in find_placeholders(command)
        }
        explained = {block.options["with"].partition(":")[0]} if placeholders else set()

        assert placeholders == explained, block


def test_patterns_compile_and_targets_exist(page):
    everything = targets.load().all()

    assert set(page.front.targets) <= set(everything)
    for block in page.blocks:
        re.compile(block.options.get("expect", ""))
        assert block.options.get("target", "slo.errors") in everything


def test_the_experiment_and_the_drill_exist(page):
    assert page.front.experiment in (None, *targets.load().proof.chaos)
    assert page.front.drill in (None, *targets.load().proof.drill)


def test_every_drill_has_its_page():
    drilled = [read_page(path, targets.load()).front.drill for path in PAGES]

    assert sorted(filter(None, drilled)) == sorted(targets.load().proof.drill)


def test_every_command_exists(page):
    taskfile = msgspec.yaml.decode((ROOT / "Taskfile.yml").read_bytes())
    undone = [block.options.get("undo", "none") for block in page.blocks]
    commands = [line for block in page.blocks for line in block.commands]

    for command in [*commands, *(undo for undo in undone if undo != "none")]:
        match shlex.split(command):
            case ["./task", name, *_]:
                assert name in taskfile["tasks"]
            case [".venv/bin/python", "-m", "local", "restart", _]:
                assert (ROOT / "local" / "restart.py").is_file()
            case [".venv/bin/python", "-m", "runbooks", "query", query]:
                promql_parser.parse(query)
            case [program, *_] if program in {"find", "du"}:
                assert shutil.which(program)
            case _:
                pytest.fail(f"nobody knows {command}")


def test_no_target_number_is_a_literal(path):
    """The prose uses placeholders; the timeouts of blocks are our own."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = text.replace("(30 s)", "")
    values = {
        target.promised.text
        for target in targets.load().all().values()
        if isinstance(target.promised, Quantity)
    }

    typed = set(re.findall(r"\b\d+(?:\.\d+)?(?:ms|s|m|h|d|%|MB|GB)", text))
    assert not typed & values


def test_an_unknown_target_is_refused(tmp_path):
    page = tmp_path / "queue-backlog.md"
    text = (FOLDER / page.name).read_text()
    page.write_text(text.replace("{{ alert.queue-age }}", "{{ alert.queue-length }}"))

    with pytest.raises(PageUnreadable, match=r"alert\.queue-length is not a target"):
        read_page(page, targets.load())


def test_a_page_is_found_by_its_alert_with_numbers_filled_in():
    done = subprocess.run(
        [sys.executable, "-m", "runbooks", "show", "HoldfastMemory"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "An instance is running out of memory" in done.stdout
    line = targets.load().alert["memory"].promised
    assert isinstance(line, Quantity)
    assert line.text in done.stdout
    assert "{{" not in done.stdout
    assert "# INSTANCE: the instance that uses the most memory" in done.stdout
