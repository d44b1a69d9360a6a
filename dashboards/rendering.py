"""Every rendered file, from the targets alone; the same input gives the same bytes."""

from pathlib import Path
from typing import Final

from dashboards.boards.catalog import render_boards
from dashboards.routing.alertmanager import write_alertmanager
from dashboards.rules.files import rule_groups
from dashboards.rules.model import write_rules
from dashboards.rules.predictions import write_predictions
from targets import Targets

RENDERED: Final = Path(__file__).with_name("rendered")


def render(targets: Targets) -> dict[str, str]:
    """Return the text of every rendered file by its name."""
    files = {name: write_rules(groups) for name, groups in rule_groups(targets).items()}
    files["alertmanager.yml"] = write_alertmanager(targets)
    files["predictions.json"] = write_predictions(targets)
    return files | render_boards(targets)


def write(files: dict[str, str], folder: Path) -> None:
    """Write these files and remove every other file of the folder."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def stale(files: dict[str, str], folder: Path) -> list[str]:
    """Return the names of files that differ, are missing or are extra."""
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    differing = {
        name
        for name, text in files.items()
        if name in present and (folder / name).read_text(encoding="utf-8") != text
    }
    return sorted(differing | (present ^ files.keys()))
