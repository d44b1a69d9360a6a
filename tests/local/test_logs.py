"""Formatted logs, and logs followed across a rotation."""

from local.logs import Follower, last_lines, readable
from local.places import Places


def test_a_json_line_becomes_time_level_event_and_facts():
    line = '{"organization":"o1","event":"job_done","level":"info","at":"12:00"}'

    assert readable(line) == "12:00 info job_done organization=o1"


def test_other_lines_stay_as_they_are():
    for line in ("plain text", "{not json", '["a", "list"]', ""):
        assert readable(line) == line


def test_the_end_of_a_log_is_read(tmp_path):
    places = Places(tmp_path)
    places.create()
    (places.logs / "api-1.log").write_text("".join(f"{n}\n" for n in range(100)))

    assert last_lines(places, "api-1", 3) == "97\n98\n99"
    assert last_lines(places, "absent") == ""


def test_a_follower_yields_whole_lines_and_survives_a_rotation(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("old\n")
    follower = Follower(log)

    with log.open("a") as file:
        file.write("one\ntwo\nhal")
    assert list(follower.new_lines()) == ["one", "two"]

    with log.open("a") as file:
        file.write("f\n")
    assert list(follower.new_lines()) == ["half"]

    log.write_text("new\n")
    assert list(follower.new_lines()) == ["new"]
