"""`python -m api.openapi`: print the OpenAPI document without starting the API."""

import sys

from api.app import create_app
from api.settings import Address, Settings, TokenKey


def document() -> bytes:
    """Return the OpenAPI document that the API serves, as JSON."""
    settings = Settings(
        database_hosts=(Address("127.0.0.1", 5432),),
        database_user="unused",
        database_password="unused",  # noqa: S106 - connects to nothing
        token_keys=(TokenKey("unused", bytes(32)),),
    )
    contract: bytes = create_app(settings).litestar.state.contract
    return contract


if __name__ == "__main__":
    sys.stdout.buffer.write(document())
