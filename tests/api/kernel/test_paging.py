"""Cursors: opaque, signed, bound to their list, verified by older keys too."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.kernel import paging
from api.kernel.errors import Invalid
from api.kernel.paging import decode_cursor, digest_of, encode_cursor

HERE = digest_of("events", None, "-occurred_at")
PLACE: type[tuple[datetime, UUID]] = tuple[datetime, UUID]


@pytest.fixture(autouse=True)
def keys():
    """Keys of the test; the previous ones are restored afterwards."""
    before = list(paging._keys)  # noqa: SLF001 - put back below
    paging.use([b"k" * 32])
    yield
    paging._keys[:] = before  # noqa: SLF001 - see above


@given(moment=st.datetimes(timezones=st.just(UTC)), row=st.uuids())
def test_a_cursor_decodes_to_its_values(moment, row):
    cursor = encode_cursor((moment, row), digest=HERE)

    assert decode_cursor(cursor, PLACE, digest=HERE) == (moment, row)


@pytest.fixture
def genuine():
    return encode_cursor((datetime.now(UTC), UUID(int=1)), digest=HERE)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda text: text[:-1],
        lambda text: text + "A",
        lambda text: text + "!",
        lambda text: "!" + text,
        lambda text: text[::-1],
        lambda text: text.swapcase(),
        lambda _: "ü" * 40,
        lambda _: "A" * 600,
        lambda text: text + "=",
    ],
)
def test_a_damaged_cursor_is_refused_by_name(genuine, damage):
    with pytest.raises(Invalid) as refusal:
        decode_cursor(damage(genuine), PLACE, digest=HERE)

    assert [one.field for one in refusal.value.details] == ["cursor"]


def test_a_cursor_of_another_list_is_refused(genuine):
    with pytest.raises(Invalid, match="not valid"):
        decode_cursor(genuine, PLACE, digest=digest_of("events", "type.a"))


def test_a_cursor_of_another_kind_is_refused(genuine):
    with pytest.raises(Invalid):
        decode_cursor(genuine, tuple[int, int, int], digest=HERE)


def test_a_rotated_key_verifies_until_it_is_removed(genuine):
    paging.use([b"n" * 32, b"k" * 32])
    assert decode_cursor(genuine, PLACE, digest=HERE)

    paging.use([b"n" * 32])
    with pytest.raises(Invalid):
        decode_cursor(genuine, PLACE, digest=HERE)


def test_the_digest_distinguishes_absent_from_empty_and_adjacent_values():
    digests = {digest_of(*parts) for parts in ((None, "a"), ("", "a"), ("a", None))}

    assert len(digests) == 3
