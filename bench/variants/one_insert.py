"""Our API without group commit: each request is its own transaction."""

import sys
from collections.abc import Sequence

from api.__main__ import main
from api.events import writes
from api.events.group_commit import GroupCommit, Written
from api.events.writes import NewEvent, Outcome


class Alone(GroupCommit[NewEvent, Outcome]):
    """Writes the items of each caller at once, without limit of concurrency."""

    async def submit(self, items: Sequence[NewEvent]) -> Written[Outcome]:
        """Write the items; return once they are durable."""
        return await writes.write_group(items)


if __name__ == "__main__":
    writes.event_writer = Alone(writes.write_group)
    sys.exit(main())
