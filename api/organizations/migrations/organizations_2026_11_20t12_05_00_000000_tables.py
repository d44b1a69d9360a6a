"""Organizations, memberships, and the look-ups that come before a tenant is known."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from api.kernel.sql_migrations import sql_migration

ID = "2026-11-20T12:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Organizations and memberships"

TABLES = """
CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE memberships (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('viewer', 'member', 'admin', 'owner')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, user_id)
);
CREATE INDEX memberships_of_user ON memberships (user_id);
ALTER TABLE sessions ADD FOREIGN KEY (organization_id)
    REFERENCES organizations ON DELETE CASCADE;
ALTER TABLE api_keys ADD FOREIGN KEY (organization_id)
    REFERENCES organizations ON DELETE CASCADE;
"""

ORGANIZATION = "nullif(current_setting('app.organization', true), '')::uuid"
USER = "nullif(current_setting('app.user', true), '')::uuid"

RIGHTS = f"""
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships FORCE ROW LEVEL SECURITY;

CREATE POLICY memberships_of_tenant ON memberships TO holdfast_api
    USING (organization_id = {ORGANIZATION});
CREATE POLICY memberships_of_self ON memberships FOR SELECT TO holdfast_api
    USING (user_id = {USER});
CREATE POLICY organizations_self ON organizations TO holdfast_api
    USING (id = {ORGANIZATION});
CREATE POLICY organizations_of_self ON organizations FOR SELECT TO holdfast_api
    USING (id IN (SELECT organization_id FROM memberships
                  WHERE user_id = {USER}));
CREATE POLICY users_of_tenant ON users FOR SELECT TO holdfast_api
    USING (EXISTS (SELECT FROM memberships
                   WHERE memberships.user_id = users.id
                     AND memberships.organization_id = {ORGANIZATION}));

CREATE POLICY memberships_looked_up ON memberships FOR SELECT TO holdfast_definer
    USING (true);
CREATE POLICY organizations_looked_up ON organizations FOR SELECT TO holdfast_definer
    USING (true);

GRANT SELECT, INSERT ON organizations TO holdfast_api;
GRANT SELECT, INSERT, DELETE ON memberships TO holdfast_api;
GRANT UPDATE (role) ON memberships TO holdfast_api;
GRANT SELECT ON organizations, memberships TO holdfast_definer;
"""  # noqa: S608 - constants of this file

REVERT = """
ALTER TABLE sessions DROP CONSTRAINT sessions_organization_id_fkey;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_organization_id_fkey;
DROP POLICY users_of_tenant ON users;
DROP TABLE memberships, organizations;
"""


async def forwards() -> MigrationManager:
    """Create the tables and the policies by tenant or user."""
    return sql_migration(
        "organizations",
        migration_id=ID,
        description=DESCRIPTION,
        forwards=(TABLES, RIGHTS),
        backwards=(REVERT,),
    )
