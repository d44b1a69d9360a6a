"""Tables that belong to no slice."""

from piccolo.columns import UUID, Bytea, Integer, Text, Timestamptz
from piccolo.table import Table

from api.kernel.engine import DB


class IdempotencyKey(Table, tablename="idempotency_keys", db=DB):
    """One request that was answered under a key, with its answer, for a day.

    `key` is the digest of what the client sent, and the answer is encrypted under a
    secret that only the client's key and the server's make together.
    """

    organization_id = UUID()
    route = Text()
    key = Bytea()
    request_digest = Bytea()
    status = Integer()
    answer = Bytea()
    created_at = Timestamptz()
