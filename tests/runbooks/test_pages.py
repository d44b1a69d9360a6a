"""Every page has the form that a woken reader needs, and only commands that exist."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import targets
from runbooks.pages import FOLDER, PageUnreadable, page_paths, read_page
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


def test_answers_come_in_the_order_of_need(page):
    found = re.findall(r"^## (.*?)(?: \(.*\))?$", page.body, re.MULTILINE)

    assert tuple(found) == HEADINGS


def test_the_first_action_is_on_the_first_screen(page):
    before = page.body.partition("```check")[0]

    assert "**In one line**" in before
    assert len(before.splitlines()) < 12


def test_every_block_has_what_its_kind_needs(page):
    needed = {"check": {"id", "expect"}, "act": {"id", "undo"}}
    needed["verify"] = {"target", "within", "expect"}

    assert {block.kind for block in page.blocks} >= {"check", "verify"}
    for block in page.blocks:
        assert needed[block.kind] <= set(block.options), block
        if block.options.get("undo") == "none":
            assert block.options["reason"]


def test_what_the_reader_must_fill_in_is_explained(page):
    for block in page.blocks:
        gaps = set(re.findall(r"\b[A-Z]{4,}\b", " ".join(block.commands)))
        explained = {block.options["with"].partition(":")[0]} if gaps else set()

        assert gaps == explained, block


def test_patterns_compile_and_targets_exist(page):
    everything = targets.load().all()

    assert set(page.front.targets) <= set(everything)
    for block in page.blocks:
        re.compile(block.options.get("expect", ""))
        assert block.options.get("target", "slo.errors") in everything


def test_the_experiment_exists(page):
    assert page.front.experiment in (None, *targets.load().proof.chaos)


def test_every_command_exists(page):
    taskfile = msgspec.yaml.decode((ROOT / "Taskfile.yml").read_bytes())
    undone = [block.options.get("undo", "none") for block in page.blocks]
    commands = [line for block in page.blocks for line in block.commands]

    for command in [*commands, *(undo for undo in undone if undo != "none")]:
        match command.split():
            case ["./task", name, *_]:
                assert name in taskfile["tasks"]
            case [".venv/bin/python", "-m", "local", "restart", _]:
                assert (ROOT / "local" / "restart.py").is_file()
            case _:
                pytest.fail(f"nobody knows {command}")


def test_no_promised_number_is_typed(path):
    """In the prose they are placeholders; the time-outs of blocks are our own."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = text.replace("(30 s)", "")
    promised = {
        target.promised.text
        for target in targets.load().all().values()
        if isinstance(target.promised, Quantity)
    }

    typed = set(re.findall(r"\b\d+(?:\.\d+)?(?:ms|s|m|h|d|%|MB|GB)", text))
    assert not typed & promised


def test_a_number_that_is_no_target_is_refused(tmp_path):
    page = tmp_path / "queue-backlog.md"
    text = (FOLDER / page.name).read_text()
    page.write_text(text.replace("{{ alert.queue-age }}", "{{ alert.queue-length }}"))

    with pytest.raises(PageUnreadable, match=r"alert\.queue-length is not a target"):
        read_page(page, targets.load())


def test_a_reader_finds_a_page_by_its_alert_with_numbers_filled_in():
    done = subprocess.run(
        [sys.executable, "-m", "runbooks", "show", "HoldfastQueueAge"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "Jobs wait too long" in done.stdout
    line = targets.load().alert["queue-age"].promised
    assert isinstance(line, Quantity)
    assert line.text in done.stdout
    assert "{{" not in done.stdout
    assert "# PROGRAM: the one that is not healthy" in done.stdout
