"""Measurements in a separate process, and failures of such a process."""

import pytest

from bench.api.starting import import_seconds
from bench.api.telemetry import Cost, weigh
from bench.exchange import RunAborted


def test_an_import_costs_processor_time_each_time():
    seconds = import_seconds("json", times=2)

    assert len(seconds) == 2
    assert all(0 < one < 60 for one in seconds)


def test_a_failed_import_ends_the_run():
    with pytest.raises(RunAborted, match="no_such_module"):
        import_seconds("no_such_module", times=1)


def test_a_program_that_does_not_start_ends_the_run(tmp_path):
    with pytest.raises(RunAborted, match="telemetry"):
        weigh({"HOLDFAST_DATABASE_HOSTS": "nowhere"}, folder=tmp_path)


def test_the_cost_of_telemetry_is_never_negative():
    assert Cost(without=10.0, sampled=16.0, every=90.0).seconds == pytest.approx(6e-6)
    assert Cost(without=10.0, sampled=9.9, every=90.0).seconds == 0
