"""Results are cached whole or not at all."""

import os
import threading

import pytest

from lab.images.cache import forget_oldest, kept, key_of


def fill(text):
    def make(folder):
        (folder / "result").write_text(text)

    return make


def test_a_second_request_gets_the_cached_result(tmp_path):
    first = kept(tmp_path, "key", fill("first"))
    second = kept(tmp_path, "key", fill("second"))

    assert first == second
    assert (second / "result").read_text() == "first"


@pytest.mark.parametrize("end", [RuntimeError, KeyboardInterrupt])
def test_a_build_that_ends_early_leaves_nothing(tmp_path, end):
    def make(folder):
        (folder / "half").write_text("")
        raise end

    with pytest.raises(end):
        kept(tmp_path, "key", make)

    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []


def test_remains_of_a_killed_builder_are_removed(tmp_path):
    (tmp_path / ".part-key-dead").mkdir()

    kept(tmp_path, "key", fill(""))

    assert not (tmp_path / ".part-key-dead").exists()


def test_two_concurrent_requests_build_once(tmp_path):
    made = []
    meeting = threading.Barrier(2)

    def make(folder):
        made.append(folder)
        (folder / "result").write_text("")

    def wish():
        meeting.wait()
        kept(tmp_path, "key", make)

    wishers = [threading.Thread(target=wish) for _ in range(2)]
    for one in wishers:
        one.start()
    for one in wishers:
        one.join()

    assert len(made) == 1


def test_every_input_changes_the_key(tmp_path):
    file = tmp_path / "script"
    file.write_text("one")
    before = key_of("a", file)
    file.write_text("two")

    assert len({before, key_of("a", file), key_of("b", file), key_of(file, "a")}) == 4


def test_the_least_recently_used_result_is_deleted(tmp_path):
    folders = [kept(tmp_path, name, fill("four")) for name in ("a", "b", "c")]
    for age, folder in enumerate(folders):
        os.utime(folder, (1000 - age, 1000 - age))
    kept(tmp_path, "c", fill("used again"))

    forget_oldest(tmp_path, room=2 * len("four"))

    assert [folder.name for folder in folders if folder.is_dir()] == ["a", "c"]
