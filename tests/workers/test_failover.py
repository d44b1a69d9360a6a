"""The programs follow the leader when a standby is promoted."""

from msgspec import structs

from api.kernel import roles
from api.settings import Settings
from tests.conftest import (
    Server,
    connect_superuser,
    prepare,
    settings_for,
    start_primary,
    start_standby,
    wait_for,
)
from tests.workers.conftest import pools_in_use, put
from tests.workers.programs import Start
from workers.maintenance import ForgetFinishedJobs


async def test_relay_and_worker_follow_the_leader(tmp_path, broker_server):
    leader = await start_primary(tmp_path / "leader")
    await prepare(leader)
    successor = await start_standby(leader, tmp_path / "successor")
    settings = structs.replace(
        settings_for(leader, successor, user=roles.WORKER), broker_url=broker_server.url
    )
    start = Start(settings, tmp_path)
    relay, worker = start.relay(), start.program()
    try:
        await _run_one_job(settings, leader)
        leader.kill()
        await successor.promote()
        await _run_one_job(settings, successor)
        assert relay.process.poll() is None
        assert worker.process.poll() is None
    finally:
        for program in start.programs:
            program.kill()
        leader.kill()
        successor.kill()


async def _run_one_job(settings: Settings, server: Server) -> None:
    async with pools_in_use(settings):
        job = await put(ForgetFinishedJobs())
    superuser = await connect_superuser(server.address, settings.database_name)
    await wait_for(
        lambda: superuser.fetchval("SELECT state = 'done' FROM jobs WHERE id = $1", job)
    )
    await superuser.close()
