"""The sign and the word of each verdict; colour is only an addition."""

from targets.verdict import Verdict

SIGNS = {
    Verdict.MET: ("✓", "met"),
    Verdict.MISSED: ("✗", "missed"),
    Verdict.INVALID: ("!", "invalid"),
    Verdict.NOT_DECIDED: ("?", "not decided on this machine"),
    Verdict.NOT_MEASURED: ("○", "not measured"),
}
