"""The integrator: a program that ingests events with an API key."""

from collections import deque
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from locust import task
from msgspec import Struct

from loadtests.dataset import Tenant
from loadtests.personas.persona import Persona
from loadtests.personas.views import BatchView, EventView, RecordedView
from loadtests.sampling import RNG, sample_event

_BATCH = 50
_RECENT = 100


class Recorded(Struct, frozen=True):
    """An acknowledged event and the LSN of its commit."""

    tenant: Tenant
    event: dict[str, Any]
    id: str
    position: str


class Integrator(Persona):
    """Sends single events and batches, repeats some, reads its own writes back."""

    weight = 3

    def __init__(self, environment: Any) -> None:  # noqa: ANN401 - Locust leaves it open
        super().__init__(environment)
        self.recent: deque[Recorded] = deque(maxlen=_RECENT)

    @task(9)
    def record_event(self) -> None:
        tenant = RNG.choice(self.dataset.tenants)
        self.record(tenant, sample_event(datetime.now(UTC)), status="accepted")

    @task(1)
    def repeat_event(self) -> None:
        if not self.recent:
            self.record_event()
            return
        known = self.recent[-1]
        self.record(known.tenant, known.event, status="duplicate")

    @task(1)
    def record_batch(self) -> None:
        tenant = RNG.choice(self.dataset.tenants)
        now = datetime.now(UTC)
        self.exchange(
            "POST /api/v1/events/batch",
            BatchView,
            token=tenant.writing_key,
            body={"events": [sample_event(now) for _ in range(_BATCH)]},
            complaint=lambda seen: (
                "" if seen.accepted == _BATCH else f"accepted {seen.accepted}"
            ),
        )

    @task(2)
    def read_back(self) -> None:
        if not self.recent:
            self.record_event()
            return
        known = self.recent[-1]
        self.exchange(
            "GET /api/v1/events/{event_id}",
            EventView,
            token=known.tenant.reading_key,
            headers={"Read-After": known.position} if known.position else None,
            complaint=lambda event: (
                ""
                if event.client_id == known.event["client_id"]
                else "another event than was written"
            ),
            ids={"event_id": known.id},
        )

    def run_smoke(self) -> None:
        self.record_event()
        self.repeat_event()
        self.read_back()
        self.record_batch()
        tenant = self.dataset.tenants[0]
        self.exchange(
            "POST /api/v1/events",
            dict,
            token=tenant.writing_key,
            body={"client_id": uuid4().hex, "type": "Not A Type"},
            expect=(400,),
        )
        if self.recent:
            changed = self.recent[0].event | {"type": "changed.afterwards"}
            self.exchange(
                "POST /api/v1/events",
                dict,
                token=self.recent[0].tenant.writing_key,
                body=changed,
                expect=(409,),
            )

    def record(self, tenant: Tenant, event: dict[str, Any], *, status: str) -> None:
        """Send one event and remember it; `status` is the expected result."""
        reply = self.exchange(
            "POST /api/v1/events",
            RecordedView,
            token=tenant.writing_key,
            body=event,
            expect=(201,) if status == "accepted" else (200,),
            complaint=lambda seen: "" if seen.status == status else seen.status,
        )
        if reply.body is not None:
            position = reply.headers.get("Holdfast-Position", "")
            self.recent.append(Recorded(tenant, event, reply.body.id, position))
