import os
import signal

import pytest

from verify.interrupts import Interrupts


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def interrupts():
    interrupts = Interrupts()
    with interrupts.installed():
        yield interrupts


def test_an_interrupt_is_raised_at_once(interrupts):  # noqa: ARG001 listens meanwhile
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_an_interrupt_waits_for_a_deferred_block_to_end(interrupts):
    reached = []

    def clean_up() -> None:
        with interrupts.deferred():
            interrupt()
            reached.append("the end of the block")

    with pytest.raises(KeyboardInterrupt):
        clean_up()

    assert reached


def test_an_interrupt_in_an_ignored_block_is_discarded(interrupts):
    with interrupts.ignored(), interrupts.deferred():
        interrupt()


def test_previous_handlers_are_restored():
    before = signal.getsignal(signal.SIGTERM)

    with Interrupts().installed():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


def test_a_signal_that_was_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with Interrupts().installed():
        os.kill(os.getpid(), signal.SIGHUP)

    signal.signal(signal.SIGHUP, before)
