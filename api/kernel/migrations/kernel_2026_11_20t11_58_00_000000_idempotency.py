"""Responses stored under an idempotency key."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T11:58:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Idempotency keys"

TABLE = """
CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL,
    route text NOT NULL,
    key bytea NOT NULL,
    request_digest bytea NOT NULL,
    status integer NOT NULL,
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, route, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
"""

RIGHTS = """
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_of_tenant ON idempotency_keys TO holdfast_api
    USING (organization_id
           = nullif(current_setting('app.organization', true), '')::uuid);
CREATE POLICY idempotency_keys_swept ON idempotency_keys TO holdfast_worker
    USING (true);
GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO holdfast_api;
GRANT SELECT, DELETE ON idempotency_keys TO holdfast_worker;
"""

REVERT = "DROP TABLE idempotency_keys;"


async def forwards() -> MigrationManager:
    """Create the table and its row-level security."""
    return sql_migration(
        "kernel",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(TABLE, RIGHTS),
        backwards=(REVERT,),
    )
