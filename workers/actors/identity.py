"""What workers do for identity: a thin door to the slice's service."""

from api.identity import service
from api.identity.messages import ForgetEnded
from workers.actor import handles


@handles(ForgetEnded, max_attempts=3)
async def forget_ended(_: ForgetEnded) -> None:
    """Delete one piece of each kind; the schedule comes round again."""
    await service.forget_ended()
