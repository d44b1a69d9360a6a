"""Request bodies to requests: what cannot be read is bad input, never a crash.

Besides its own errors msgspec raises UnicodeDecodeError for bytes that are no
UTF-8, ValueError for a number of five thousand digits and RecursionError for deep
nesting; all of them are the sender's doing.
"""

import re

import msgspec
from msgspec import Raw, Struct

from api.events.errors import Rejection, broken
from api.events.schemas import BatchRequest, EventRequest
from api.kernel.errors import Invalid

_FIELD = re.compile(r"field `(?P<name>.*)`")
_PLACE = re.compile(r"^(?P<what>.*) - at `(?P<where>\$?.*)`$", re.DOTALL)
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
_event = msgspec.json.Decoder(EventRequest)
_batch = msgspec.json.Decoder(BatchRequest)


class _Named(Struct):
    client_id: str | None = None


_named = msgspec.json.Decoder(_Named)


def decode_event(body: bytes | Raw) -> EventRequest | Rejection:
    """Read one event, or say which field is wrong."""
    try:
        return _event.decode(body)
    except _UNREADABLE as error:
        return rejection_of(error)


def decode_batch(body: bytes) -> list[Raw]:
    """Read the envelope of a batch; raises Invalid when that is not readable."""
    try:
        return _batch.decode(body).events
    except _UNREADABLE as error:
        found = rejection_of(error)
        raise Invalid("The batch is not valid.", details=found.details) from error


def client_id_of(body: Raw) -> str | None:
    """Return the client id of an event that is otherwise unreadable, if it has one."""
    try:
        return _named.decode(body).client_id
    except _UNREADABLE:
        return None


def rejection_of(error: Exception) -> Rejection:
    """Name the field and the fault; `body` stands for the whole."""
    if isinstance(error, RecursionError):
        return broken("body", "is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return broken("body", "is not UTF-8")
    if isinstance(error, msgspec.ValidationError):
        return _placed(str(error))
    return broken("body", str(error))


def _placed(text: str) -> Rejection:
    """Take the field out of msgspec's text: "... field `x` - at `$.y`"."""
    found = _PLACE.match(text)
    what, where = (found["what"], found["where"]) if found else (text, "$")
    path = where.removeprefix("$").removeprefix(".")
    if (named := _FIELD.search(what)) is not None:
        path = f"{path}.{named['name']}" if path else named["name"]
    return broken(path or "body", what)
