"""Only plain names are put into a command."""

import pytest

from runbooks.walker.placeholders import (
    ParameterRefused,
    accept,
    fill,
    find_placeholders,
    read_pair,
)

UNSAFE = [
    "api-1; rm -rf .",
    "$(reboot)",
    "`reboot`",
    "api-1 api-2",
    "--timeout-seconds=1",
    "../state",
    "api-1\nreboot",
    "a|b",
    "",
    "API-1",
    "a" * 64,
]


@pytest.mark.parametrize("value", UNSAFE)
def test_a_value_that_is_no_plain_name_is_refused(value):
    with pytest.raises(ParameterRefused, match="expected a name like api-1"):
        accept("INSTANCE", value)


@pytest.mark.parametrize("value", ["api-1", "worker-2", "broker", "a"])
def test_a_program_name_is_accepted(value):
    assert accept("INSTANCE", value) == value


def test_a_value_stays_inside_its_word():
    assert fill("run 'a PART b' PART-x", {"PART": "one"}) == ["run", "a one b", "one-x"]


def test_words_of_four_capitals_are_placeholders():
    assert find_placeholders("restart MEMBER in MiB by SQL of HoldfastX") == {"MEMBER"}


@pytest.mark.parametrize("pair", ["MEMBER", "OTHER=api-1", "=api-1", "MEMBER =a"])
def test_a_placeholder_that_the_page_lacks_is_refused(pair):
    with pytest.raises(ParameterRefused, match="this page asks for MEMBER"):
        read_pair(pair, {"MEMBER"})
