"""The schedule: which message is put when, as five-field cron lines in UTC."""

from msgspec import Struct

from api.events.messages import KeepEventMonths
from api.identity.messages import ForgetEnded
from api.kernel.messages import Message
from workers.maintenance import ForgetFinishedJobs, ForgetIdempotencyKeys


class Scheduled(Struct, frozen=True):
    """A message that is put into the outbox each time its cron line is due."""

    name: str
    cron: str
    message: Message


SCHEDULE: tuple[Scheduled, ...] = (
    Scheduled("keep-event-months", "17 */6 * * *", KeepEventMonths()),
    Scheduled("forget-finished-jobs", "*/5 * * * *", ForgetFinishedJobs()),
    Scheduled("forget-idempotency-keys", "*/10 * * * *", ForgetIdempotencyKeys()),
    Scheduled("forget-ended-sessions-and-keys", "*/5 * * * *", ForgetEnded()),
)
