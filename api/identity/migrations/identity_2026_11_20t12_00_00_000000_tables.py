"""Users, sessions, refresh tokens and API keys."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T12:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Users, sessions, refresh tokens, API keys"

TABLES = """
CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    organization_id uuid NOT NULL,
    client bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE TABLE refresh_tokens (
    digest bytea PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz
);
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
CREATE TABLE api_keys (
    id text PRIMARY KEY,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name text NOT NULL,
    secret_digest bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_of_organization ON api_keys (organization_id, created_at);
"""

ORGANIZATION = "nullif(current_setting('app.organization', true), '')::uuid"
USER = "nullif(current_setting('app.user', true), '')::uuid"

RIGHTS = f"""
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE sessions FORCE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens ENABLE ROW LEVEL SECURITY;
ALTER TABLE refresh_tokens FORCE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;

CREATE POLICY users_self ON users TO holdfast_api USING (id = {USER});
CREATE POLICY sessions_of_self ON sessions TO holdfast_api USING (user_id = {USER});
CREATE POLICY refresh_tokens_of_self ON refresh_tokens TO holdfast_api
    USING (user_id = {USER});
CREATE POLICY api_keys_of_tenant ON api_keys TO holdfast_api
    USING (organization_id = {ORGANIZATION});

CREATE POLICY users_looked_up ON users TO holdfast_definer USING (true);
CREATE POLICY sessions_looked_up ON sessions TO holdfast_definer USING (true);
CREATE POLICY refresh_tokens_looked_up ON refresh_tokens TO holdfast_definer
    USING (true);
CREATE POLICY api_keys_looked_up ON api_keys TO holdfast_definer USING (true);

GRANT SELECT, INSERT ON users TO holdfast_api;
GRANT UPDATE (name, password_hash) ON users TO holdfast_api;
GRANT SELECT, INSERT ON sessions TO holdfast_api;
GRANT UPDATE (revoked_at, organization_id) ON sessions TO holdfast_api;
GRANT SELECT, INSERT ON refresh_tokens TO holdfast_api;
GRANT SELECT, INSERT ON api_keys TO holdfast_api;
GRANT UPDATE (revoked_at) ON api_keys TO holdfast_api;

GRANT SELECT ON users TO holdfast_definer;
GRANT SELECT, UPDATE ON sessions, api_keys TO holdfast_definer;
GRANT SELECT, INSERT, UPDATE ON refresh_tokens TO holdfast_definer;
"""

REVERT = "DROP TABLE api_keys, refresh_tokens, sessions, users;"


async def forwards() -> MigrationManager:
    """Create the tables and the policies by user or tenant."""
    return sql_migration(
        "identity",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(TABLES, RIGHTS),
        backwards=(REVERT,),
    )
