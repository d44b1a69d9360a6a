import pytest

from bench.environment import prepare
from bench.services import ServiceMissing


def test_an_environment_is_made_once(tmp_path):
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("# nothing but Python\n")
    said: list[str] = []

    first = prepare(said.append, tools=tmp_path, requirements=requirements)
    again = prepare(said.append, tools=tmp_path, requirements=requirements)

    assert first == again
    assert first.is_file()
    assert len(said) == 1


def test_another_lock_is_another_environment(tmp_path):
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("# one\n")
    first = prepare(lambda _: None, tools=tmp_path, requirements=requirements)
    requirements.write_text("# two\n")

    assert prepare(lambda _: None, tools=tmp_path, requirements=requirements) != first


def test_a_package_without_a_hash_is_refused(tmp_path):
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("fastapi==0.1.0\n")

    with pytest.raises(ServiceMissing, match="hash"):
        prepare(lambda _: None, tools=tmp_path, requirements=requirements)
