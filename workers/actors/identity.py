"""Handlers of the identity slice's messages; its service has the code."""

from api.identity import service
from api.identity.messages import ForgetEnded
from workers.jobs.handlers import handles


@handles(ForgetEnded, max_attempts=3)
async def forget_ended(_: ForgetEnded) -> None:
    """Delete one batch of each kind; the next scheduled job deletes the next."""
    await service.forget_ended()
