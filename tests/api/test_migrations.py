"""Migrations run in both directions; undone and repeated, the schema is the same."""

import contextlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs
from piccolo.apps.migrations.commands.backwards import run_backwards

import api
from api.kernel import roles
from api.kernel.connections import Credentials, connect
from api.kernel.transactions import use_connection
from api.migrate import bootstrap, forwards
from local.postgres import SUPERUSER
from tests.conftest import PASSWORD, connect_superuser, settings_for

DATABASE = "holdfast_migrated_back"
APPS = ("events", "organizations", "identity", "kernel")
SCHEMA = {
    "functions": """
        SELECT p.oid::regprocedure::text, p.prosrc, p.proconfig::text,
            pg_get_userbyid(p.proowner), p.prosecdef,
            ARRAY(SELECT unnest(p.proacl)::text ORDER BY 1)::text
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public' ORDER BY 1""",
    "columns": """
        SELECT table_name::text, column_name::text, data_type::text,
            is_nullable::text, column_default::text
        FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
    "indexes": """
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1""",
    "rights": """
        SELECT relname::text, relrowsecurity, relforcerowsecurity,
            ARRAY(SELECT unnest(relacl)::text ORDER BY 1)::text
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relkind IN ('r', 'p', 'S') ORDER BY 1""",
    "policies": """
        SELECT tablename::text, policyname::text, roles::text, cmd::text, qual,
            with_check
        FROM pg_policies WHERE schemaname = 'public' ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        ORDER BY 1, 2""",
}


def test_every_migration_has_a_unique_id():
    # Piccolo removes the record of a migration by its id, in every app.
    files = Path(api.__file__).parent.glob("*/migrations/*_2*.py")
    ids = Counter(
        re.findall(r'^ID = "(.+)"', f.read_text(), re.MULTILINE)[0] for f in files
    )

    assert ids
    assert [one for one, times in ids.items() if times > 1] == []


@pytest_asyncio.fixture(scope="module")
async def migrated(primary):
    """A separate database with every migration; return settings by role."""
    passwords = roles.Passwords(PASSWORD, PASSWORD, PASSWORD, PASSWORD)
    own = structs.replace(settings_for(primary, user=""), database_name=DATABASE)
    await bootstrap(structs.replace(own, database_user=SUPERUSER), passwords)
    as_owner = structs.replace(own, database_user=roles.OWNER)
    await forwards(as_owner)
    return as_owner


@pytest_asyncio.fixture
async def schema(primary):
    """Return a function that describes every object that migrations create."""
    connection = await connect_superuser(primary.address, DATABASE)

    async def describe():
        return {
            what: [tuple(row) for row in await connection.fetch(query)]
            for what, query in SCHEMA.items()
        }

    yield describe
    await connection.close()


async def backwards(settings, app):
    """Undo the newest migration of an app, as the schema's owner."""
    credentials = Credentials.of(settings, command_seconds=60)
    owner = await connect(settings.database_hosts[0], credentials)
    try:
        with use_connection(owner), contextlib.redirect_stdout(io.StringIO()):
            done = await run_backwards(app, "1", auto_agree=True)
    finally:
        await owner.close()
    assert done.success, done.message


@pytest.mark.parametrize("app", APPS)
async def test_the_newest_migration_of_an_app_can_be_undone_and_repeated(
    migrated, schema, app
):
    before = await schema()

    await backwards(migrated, app)
    between = await schema()
    await forwards(migrated)

    assert between != before
    assert await schema() == before


async def test_undoing_the_identity_clean_up_migration_leaves_no_grant(
    migrated, schema
):
    await backwards(migrated, "identity")
    between = await schema()
    await forwards(migrated)

    assert not [one for one in between["functions"] if one[0].startswith("forget_")]
    assert not [one for one in between["indexes"] if "_by_end " in one[0]]
    rights = {row[0]: row[3] for row in between["rights"]}
    for table in ("sessions", "refresh_tokens", "api_keys"):
        granted = [one for one in rights[table].split(",") if "definer=" in one]
        assert all("d" not in one.split("=")[1].split("/")[0] for one in granted)
