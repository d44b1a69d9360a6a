"""Execute rights on the functions that run as their owner and bypass the policies."""

import asyncpg
import pytest

EXECUTORS = """
SELECT p.proname,
       array_agg(DISTINCT coalesce(r.rolname, 'PUBLIC')) FILTER (
           WHERE r.rolname IS NULL OR r.rolname <> pg_get_userbyid(p.proowner))
FROM pg_proc p
CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE p.pronamespace = 'public'::regnamespace
GROUP BY p.oid, p.proname
"""
API, WORKER, DEFINER = "holdfast_api", "holdfast_worker", "holdfast_definer"
ALLOWED = {
    "clear_event_keys": {WORKER},
    "drop_event_month": {WORKER},
    "find_api_key": {API},
    "find_login": {API},
    "find_meeting_events": {API},
    "find_person": {API},
    "find_session": {API},
    "forget_ended_api_keys": {WORKER},
    "forget_ended_sessions": {WORKER},
    "ingest_events": {API},
    "keep_event_months": {WORKER},
    "put_job": {API, WORKER},
    "refuse_retained_month": {DEFINER},
    "rotate_refresh_token": {API},
    "touch_api_key": {API},
}


async def test_only_the_roles_that_need_a_function_may_execute_it(superuser):
    rows = await superuser.fetch(EXECUTORS)

    assert {name: set(roles or ()) for name, roles in rows} == ALLOWED


async def test_no_role_may_execute_a_new_function_before_a_grant(superuser):
    attempt = superuser.transaction()
    await attempt.start()
    try:
        await superuser.execute("SET LOCAL ROLE holdfast_owner")
        await superuser.execute("CREATE FUNCTION fresh() RETURNS int RETURN 1")
        await superuser.execute("SET LOCAL ROLE holdfast_api")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await superuser.fetchval("SELECT fresh()")
    finally:
        await attempt.rollback()
