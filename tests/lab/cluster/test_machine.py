"""A machine: daemons start in order, restart when they end, and all end at once."""

import os

import psutil
import pytest

from lab.cluster import machine
from lab.cluster.daemons import Daemon

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="namespaces of mounts and processes belong to root"
)


def sleeper(name, tmp_path):
    """A daemon that records each of its starts."""
    script = f"echo started >> {tmp_path / name}; exec sleep 1000"
    return Daemon(name, ("sh", "-c", script), ("test", "-s", str(tmp_path / name)))


def belongs(process, ours):
    return any(ours in word for word in process.info["cmdline"] or [])


def starts(name, tmp_path):
    return len((tmp_path / name).read_text().split())


def test_a_daemon_starts_once_the_one_before_is_ready(switched, tmp_path):
    late = Daemon("late", ("sh", "-c", f"sleep 0.3; touch {tmp_path / 'up'}; sleep 99"))
    late = Daemon(late.name, late.command, ("test", "-e", str(tmp_path / "up")))
    after = Daemon(
        "after",
        ("sh", "-c", f"test -e {tmp_path / 'up'} && touch {tmp_path / 'ok'}; sleep 99"),
        ("test", "-e", str(tmp_path / "ok")),
        seconds=5,
    )

    switched(late, after)

    assert (tmp_path / "ok").exists()


def test_a_daemon_that_ends_is_restarted(switched, places, stray, tmp_path):
    switched(sleeper("one", tmp_path))
    machine.inside(places, stray, ["pkill", "sleep"])

    assert machine.once(lambda: starts("one", tmp_path) == 2, seconds=5)


def test_switching_off_ends_every_process_at_once(switched, places, stray, tmp_path):
    switched(sleeper("one", tmp_path), sleeper("two", tmp_path))
    ours = str(tmp_path)
    everybody = [p for p in psutil.process_iter(["cmdline"]) if belongs(p, ours)]
    everybody += [c for p in everybody for c in p.children(recursive=True)]

    machine.switch_off(places, stray)

    assert len(everybody) >= 4
    assert not any(map(psutil.Process.is_running, everybody))
    assert not machine.is_on(places, stray)


def test_only_the_machine_sees_its_private_folder(switched, places, stray, tmp_path):
    switched(sleeper("one", tmp_path))
    machine.inside(places, stray, ["touch", str(tmp_path / "private" / "secret")])

    assert not (tmp_path / "private" / "secret").exists()


def test_a_daemon_that_never_gets_ready_is_named(switched):
    never = Daemon("lazy", ("sleep", "99"), ("false",), seconds=0.3)

    with pytest.raises(machine.MachineFailed, match="lazy is not ready"):
        switched(never)
