"""Deletion of sessions and keys that ended long ago, in bounded batches.

Workers may execute two functions of the definer and have no access to the tables. The
functions never delete a row that has not ended, regardless of the arguments.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T14:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Forgetting ended sessions, refresh tokens and API keys"

INDEXES = """
CREATE INDEX sessions_by_end ON sessions (expires_at);
CREATE INDEX api_keys_by_end ON api_keys (least(expires_at, revoked_at))
    WHERE least(expires_at, revoked_at) IS NOT NULL;
"""

# Tokens are deleted first: deleting a session would cascade to all of its tokens.
SESSIONS = """
CREATE FUNCTION forget_ended_sessions(kept interval, piece integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    past timestamptz := now() - greatest(kept, interval '0');
    forgotten bigint;
BEGIN
    DELETE FROM refresh_tokens WHERE digest IN (
        SELECT t.digest FROM sessions s JOIN refresh_tokens t ON t.session_id = s.id
        WHERE s.expires_at < past ORDER BY s.expires_at LIMIT piece
    );
    DELETE FROM sessions WHERE id IN (
        SELECT s.id FROM sessions s
        WHERE s.expires_at < past
          AND NOT EXISTS (SELECT FROM refresh_tokens t WHERE t.session_id = s.id)
        ORDER BY s.expires_at LIMIT piece
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
"""

API_KEYS = """
CREATE FUNCTION forget_ended_api_keys(kept interval, piece integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    past timestamptz := now() - greatest(kept, interval '0');
    forgotten bigint;
BEGIN
    DELETE FROM api_keys WHERE id IN (
        SELECT id FROM api_keys WHERE least(expires_at, revoked_at) < past
        ORDER BY least(expires_at, revoked_at) LIMIT piece
    );
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;
"""

# The ownership is transferred last: afterwards the owner of the schema can neither
# revoke nor grant, and Postgres would only warn.
RIGHTS = """
GRANT DELETE ON sessions, refresh_tokens, api_keys TO holdfast_definer;
REVOKE ALL ON FUNCTION forget_ended_sessions, forget_ended_api_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION forget_ended_sessions, forget_ended_api_keys
    TO holdfast_worker;
ALTER FUNCTION forget_ended_sessions OWNER TO holdfast_definer;
ALTER FUNCTION forget_ended_api_keys OWNER TO holdfast_definer;
"""

REVERT = """
DROP FUNCTION forget_ended_api_keys, forget_ended_sessions;
REVOKE DELETE ON sessions, refresh_tokens, api_keys FROM holdfast_definer;
DROP INDEX api_keys_by_end, sessions_by_end;
"""


async def forwards() -> MigrationManager:
    """Create the functions and transfer them to the definer."""
    return sql_migration(
        "identity",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(INDEXES, SESSIONS, API_KEYS, RIGHTS),
        backwards=(REVERT,),
    )
