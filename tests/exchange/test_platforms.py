import pytest

from exchange.folders import (
    cluster_platform_file,
    local_platform_file,
    results_folder,
    state_folder,
)
from exchange.platforms import (
    Account,
    Api,
    LocalDatabase,
    LocalPlatform,
    Platform,
    PlatformUnpublished,
    Process,
    read_platform,
    write_platform,
)

MONITOR = Account("monitor", "secret")
LOCAL = LocalPlatform(
    started="2026-11-20T12:00:00Z",
    state="/state",
    hold_dir="/state/hold",
    api=Api("http://127.0.0.1:8000", ("api-1",)),
    workers=("worker-1",),
    processes={
        "api-1": Process("api", metrics="http://127.0.0.1:8101/metrics"),
        "worker-1": Process("worker", metrics="http://127.0.0.1:8103/metrics"),
        "etcd": Process("etcd"),
    },
    database=LocalDatabase(
        "holdfast", ("127.0.0.1:5432",), {"monitor": MONITOR}, MONITOR
    ),
    redis={},
)


def test_a_written_platform_is_read_back(tmp_path):
    file = tmp_path / "platform.json"

    write_platform(LOCAL, file)

    assert read_platform(file, LocalPlatform) == LOCAL


def test_the_common_part_is_read_from_any_platform(tmp_path):
    file = tmp_path / "platform.json"
    write_platform(LOCAL, file)

    platform = read_platform(file, Platform)

    assert platform.api == LOCAL.api
    assert platform.metrics_pages() == {
        "api-1": "http://127.0.0.1:8101/metrics",
        "worker-1": "http://127.0.0.1:8103/metrics",
    }
    assert list(platform.metrics_pages("worker")) == ["worker-1"]


def test_only_its_owner_may_read_the_file(tmp_path):
    file = tmp_path / "platform.json"

    write_platform(LOCAL, file)

    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(PlatformUnpublished, match="no platform is published in"):
        read_platform(tmp_path / "platform.json", Platform)


@pytest.mark.parametrize("body", ["{", "[]", '{"api": {}}'])
def test_a_damaged_file_is_named(tmp_path, body):
    file = tmp_path / "platform.json"
    file.write_text(body)

    with pytest.raises(PlatformUnpublished, match=r"platform\.json: "):
        read_platform(file, Platform)


def test_holdfast_state_moves_every_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_STATE", str(tmp_path))

    assert state_folder() == tmp_path
    assert results_folder() == tmp_path / "results"
    assert local_platform_file() == tmp_path / "state" / "platform.json"
    assert cluster_platform_file() == tmp_path / "cluster" / "platform.json"


def test_without_holdfast_state_the_folder_lies_in_the_checkout(monkeypatch):
    monkeypatch.delenv("HOLDFAST_STATE", raising=False)

    assert state_folder().name == ".holdfast"
    assert (state_folder().parent / "targets.toml").exists()
