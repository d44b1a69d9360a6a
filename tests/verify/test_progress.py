import io

from msgspec.structs import replace
from rich.console import Console

from targets.verdict import Verdict
from verify.plan import QUICK
from verify.progress import Progress


def test_a_terminal_shows_every_step_and_its_verdict(sample):
    drawn = io.StringIO()
    progress = Progress(
        Console(file=drawn, force_terminal=True, width=120, height=60), QUICK
    )

    with progress.shown():
        progress.begin(QUICK[0])
        progress.end(QUICK[0], sample(QUICK[0].source))
        progress.begin(QUICK[1])

    text = drawn.getvalue()
    assert all(step.title in text for step in QUICK)
    assert "✓ met" in text
    assert "▸ running" in text
    assert "· waiting" in text
    assert "to go" in text


def test_elsewhere_each_step_is_a_line_with_its_reason(sample):
    drawn = io.StringIO()
    progress = Progress(Console(file=drawn, width=120), QUICK)
    late = replace(
        sample("load:steady"),
        verdict=Verdict.INVALID,
        invalid_because=["the generator was late"],
    )

    with progress.shown():
        progress.begin(QUICK[1])
        progress.end(QUICK[1], late)

    begun, ended, why = drawn.getvalue().splitlines()
    assert "… The promised mix at a steady rate (about 50 s)" in begun
    assert "! invalid The promised mix" in ended
    assert why.strip() == "the generator was late"
