"""A verdict as a sign and a word: colour only ever adds to them."""

from targets.verdict import Verdict

SIGNS = {
    Verdict.MET: ("✓", "met"),
    Verdict.MISSED: ("✗", "missed"),
    Verdict.INVALID: ("!", "invalid"),
    Verdict.NOT_DECIDED: ("?", "not decided on this machine"),
    Verdict.NOT_MEASURED: ("○", "not measured"),
}
