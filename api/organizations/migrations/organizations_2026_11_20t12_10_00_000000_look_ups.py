"""Look-ups that precede authentication, as functions of the definer.

The API's role may execute them, and cannot read the tables across tenants itself.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T12:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Look-ups before log-in, and the rotation of refresh tokens"

FIND_LOGIN = """
CREATE FUNCTION find_login(wanted text)
RETURNS TABLE (id uuid, name text, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT id, name, password_hash FROM users WHERE email = lower(wanted) $$;
"""

FIND_PERSON = """
CREATE FUNCTION find_person(wanted text) RETURNS TABLE (id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT id, name FROM users WHERE email = lower(wanted) $$;
"""

FIND_SESSION = """
CREATE FUNCTION find_session(wanted uuid, wanted_organization uuid)
RETURNS TABLE (user_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT s.user_id, m.role
    FROM sessions s JOIN memberships m USING (user_id)
    WHERE s.id = wanted AND s.revoked_at IS NULL AND s.expires_at > now()
      AND m.organization_id = wanted_organization
$$;
"""

FIND_API_KEY = """
CREATE FUNCTION find_api_key(wanted text)
RETURNS TABLE (user_id uuid, organization_id uuid, role text, scopes text[],
               secret_digest bytea, expires_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.user_id, k.organization_id, m.role, k.scopes, k.secret_digest,
           k.expires_at
    FROM api_keys k JOIN memberships m USING (organization_id, user_id)
    WHERE k.id = wanted AND k.revoked_at IS NULL
      AND (k.expires_at IS NULL OR k.expires_at > now())
$$;
"""

# The time of last use is updated at most once a minute, to save writes for a busy key.
TOUCH_API_KEY = """
CREATE FUNCTION touch_api_key(wanted text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE api_keys SET last_used_at = now() WHERE id = wanted
      AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
$$;
"""

# One conditional UPDATE decides which request rotates. The second one gets the same
# successor if it is the same client within the grace period; any other reveals that
# the token has two holders, and the whole family is revoked.
ROTATE = """
CREATE FUNCTION rotate_refresh_token(
    old_digest bytea, new_digest bytea, from_client bytea, grace interval
) RETURNS TABLE (outcome text, session_id uuid, user_id uuid, organization_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    family sessions%ROWTYPE;
    token refresh_tokens%ROWTYPE;
    rotated boolean;
BEGIN
    UPDATE refresh_tokens t SET used_at = clock_timestamp()
    FROM sessions s
    WHERE t.digest = old_digest AND t.used_at IS NULL AND s.id = t.session_id
      AND s.revoked_at IS NULL AND s.expires_at > now();
    rotated := FOUND;
    SELECT * INTO token FROM refresh_tokens t WHERE t.digest = old_digest;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT * INTO family FROM sessions s WHERE s.id = token.session_id;
    outcome := 'rotated';
    IF rotated THEN
        INSERT INTO refresh_tokens (digest, session_id, user_id)
        VALUES (new_digest, family.id, family.user_id);
    ELSIF family.revoked_at IS NOT NULL OR family.expires_at <= now() THEN
        outcome := 'ended';
    ELSIF family.client = from_client
          AND token.used_at > clock_timestamp() - grace THEN
        outcome := 'repeated';
    ELSE
        UPDATE sessions s SET revoked_at = clock_timestamp() WHERE s.id = family.id;
        outcome := 'reused';
    END IF;
    RETURN QUERY SELECT outcome, family.id, family.user_id, family.organization_id;
END $$;
"""

RIGHTS = """
REVOKE ALL ON FUNCTION find_login, find_person, find_session, find_api_key,
    touch_api_key, rotate_refresh_token FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_login, find_person, find_session, find_api_key,
    touch_api_key, rotate_refresh_token TO holdfast_api;
ALTER FUNCTION find_login OWNER TO holdfast_definer;
ALTER FUNCTION find_person OWNER TO holdfast_definer;
ALTER FUNCTION find_session OWNER TO holdfast_definer;
ALTER FUNCTION find_api_key OWNER TO holdfast_definer;
ALTER FUNCTION touch_api_key OWNER TO holdfast_definer;
ALTER FUNCTION rotate_refresh_token OWNER TO holdfast_definer;
"""

REVERT = """
DROP FUNCTION rotate_refresh_token, touch_api_key, find_api_key, find_session,
    find_person, find_login;
"""


async def forwards() -> MigrationManager:
    """Create the functions and transfer them to the definer."""
    return sql_migration(
        "organizations",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(
            FIND_LOGIN,
            FIND_PERSON,
            FIND_SESSION,
            FIND_API_KEY,
            TOUCH_API_KEY,
            ROTATE,
            RIGHTS,
        ),
        backwards=(REVERT,),
    )
