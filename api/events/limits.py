"""How much of what the events slice takes; the rest of it asks here."""

from datetime import timedelta

import targets

RETENTION = timedelta(seconds=targets.load().limit["event-retention"].value)
AHEAD = timedelta(hours=24)
LIST_WINDOW = timedelta(days=30)

BATCH_ITEMS = 1_000
CLIENT_ID_LENGTH = 128
LABEL_LENGTH = 128
PROPERTIES_BYTES = 16 * 1024
PROPERTIES_DEPTH = 32
