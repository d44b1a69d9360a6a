"""Our API without group commit: each request is a transaction of its own."""

import sys
from collections.abc import Sequence

from api.__main__ import main
from api.events.groups import Groups, Written
from api.events.items import Item
from api.events.service import ingestion
from api.events.storage import Outcome


class Alone(Groups[Item, Outcome]):
    """Writes what each caller brings at once, as many at a time as there are."""

    async def submit(self, items: Sequence[Item]) -> Written[Outcome]:
        """Have the items written; returns once they are durable."""
        return await ingestion.write_group(items)


if __name__ == "__main__":
    ingestion.groups = Alone(ingestion.write_group)
    sys.exit(main())
