"""Checks of the references between entries of targets.toml."""

from targets.catalog import Targets
from targets.families import Target


def check_references(targets: Targets) -> list[str]:
    """Return one line per unresolved name, with the key that holds it."""
    everything = targets.all()
    proofs = {*targets.proof.names(), *(f"later:{name}" for name in targets.later)}
    return [
        *_check_proofs(everything, proofs),
        *_check_titles(everything),
        *_check_links(targets, everything),
    ]


def _check_proofs(everything: dict[str, Target], proofs: set[str]) -> list[str]:
    return [
        f"{name}.proof: nothing proves it; name a proof or later:<capability>"
        for name, target in everything.items()
        if not target.proof
    ] + [
        f"{name}.proof: {proof!r} is not listed under [proof] or [later]"
        for name, target in everything.items()
        for proof in target.proof
        if proof not in proofs
    ]


def _check_titles(everything: dict[str, Target]) -> list[str]:
    first: dict[str, str] = {}
    complaints = []
    for name, target in everything.items():
        if target.title in first:
            complaints.append(f"{name}.title: same as {first[target.title]}.title")
        first.setdefault(target.title, name)
    return complaints


def _check_links(targets: Targets, everything: dict[str, Target]) -> list[str]:
    used = {proof for target in everything.values() for proof in target.proof}
    return [
        *(
            f"slo.{name}.signal: {slo.signal!r} is not listed under [signal]"
            for name, slo in targets.slo.items()
            if slo.signal not in targets.signal
        ),
        *(
            f"alert.{name}.watches: {alert.watches!r} is not a target"
            for name, alert in targets.alert.items()
            if alert.watches not in everything
        ),
        *(
            f"capacity.{name}.holding: {held!r} is not a target"
            for name, capacity in targets.capacity.items()
            for held in capacity.holding
            if held not in everything
        ),
        *(
            f"later.{name}: no target waits for it"
            for name in targets.later
            if f"later:{name}" not in used
        ),
    ]
