"""A database is healthy only with one leader and a synchronous standby."""

import pytest

from chaos.environments.environment import Member
from chaos.probes.health import find_database_problems

LEADER = Member(name="database-1", role="leader", streaming=True)
SYNCHRONOUS = Member(name="database-2", role="synchronous", streaming=True)
REPLICA = Member(name="database-3", role="replica", streaming=True)
STOPPED = Member(name="database-3", role="replica", streaming=False)


def test_a_leader_with_a_synchronous_standby_and_a_replica_has_no_problems():
    assert find_database_problems([LEADER, SYNCHRONOUS, REPLICA]) == []


@pytest.mark.parametrize(
    ("members", "gaps"),
    [
        ([], ["no member of the database can say anything"]),
        ([SYNCHRONOUS, REPLICA], ["0 leaders"]),
        ([LEADER, REPLICA], ["no synchronous standby"]),
        ([LEADER, SYNCHRONOUS, STOPPED], ["database-3 is not streaming"]),
    ],
)
def test_every_problem_is_named(members, gaps):
    assert find_database_problems(members) == gaps
