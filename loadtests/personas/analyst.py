"""The analyst reads events: lists, pages, filters, and revalidates with an ETag."""

from datetime import UTC, datetime, timedelta
from typing import Any

from locust import task

from loadtests.dataset import Tenant
from loadtests.personas.persona import Persona, Reply
from loadtests.personas.views import EventPage, EventView, ReportView
from loadtests.sampling import RNG, TYPES

_PAGE = 50


def out_of_order(page: EventPage) -> str:
    """Return a complaint unless the page is newest first and within its limit."""
    times = [event.occurred_at for event in page.data]
    if len(times) > _PAGE:
        return f"{len(times)} events on a page of {_PAGE}"
    return "" if times == sorted(times, reverse=True) else "not newest first"


class Analyst(Persona):
    """Holds read-only keys; remembers the last cursor and ETag of each tenant."""

    weight = 10

    def __init__(self, environment: Any) -> None:  # noqa: ANN401 - Locust leaves it open
        super().__init__(environment)
        self.cursors: dict[str, str] = {}
        self.tags: dict[str, str] = {}

    @task(25)
    def list_recent(self) -> None:
        self.list_of(self.pick())

    @task(15)
    def list_filtered(self) -> None:
        wanted = RNG.choice(TYPES)
        self.exchange(
            "GET /api/v1/events",
            EventPage,
            token=self.pick().reading_key,
            query={"limit": _PAGE, "type": wanted},
            headers={"Read-After": "any"},
            complaint=lambda page: (
                out_of_order(page)
                or ("" if {e.type for e in page.data} <= {wanted} else "unfiltered")
            ),
        )

    @task(10)
    def turn_page(self) -> None:
        tenant = self.pick()
        cursor = self.cursors.get(tenant.id)
        if cursor is None:
            self.list_of(tenant)
            return
        query: dict[str, object] = {"limit": _PAGE, "cursor": cursor}
        self.remember_cursor(tenant, self.fetch_page(tenant, query, {}))

    @task(10)
    def revisit(self) -> None:
        tenant = self.pick()
        tag = self.tags.get(tenant.id)
        headers = {"If-None-Match": tag} if tag else {}
        reply = self.fetch_page(tenant, {"limit": _PAGE}, headers)
        self.remember_tag(tenant, reply)

    @task(2)
    def open_event(self) -> None:
        tenant = self.pick()
        wanted = RNG.choice(tenant.event_ids)
        self.exchange(
            "GET /api/v1/events/{event_id}",
            EventView,
            token=tenant.reading_key,
            complaint=lambda event: "" if event.id == wanted else "another event",
            ids={"event_id": wanted},
        )

    @task(1)
    def read_rollups(self) -> None:
        self.exchange(
            "GET /api/v1/events/rollups",
            dict,
            token=self.pick().reading_key,
            query=self.last_week(),
        )

    def run_smoke(self) -> None:
        tenant = self.dataset.tenants[0]
        self.list_of(tenant)
        self.turn_page()
        self.list_filtered()
        self.revisit()
        self.open_event()
        self.read_rollups()
        asked = self.exchange(
            "POST /api/v1/events/reports",
            ReportView,
            token=tenant.writing_key,
            body=self.last_week(),
            expect=(202,),
        ).body
        if asked is not None:
            self.exchange(
                "GET /api/v1/events/reports/{report_id}",
                ReportView,
                token=tenant.reading_key,
                complaint=lambda report: (
                    "" if report.builds in {0, 1} else f"built {report.builds} times"
                ),
                ids={"report_id": asked.id},
            )
        self.exchange(
            "GET /api/v1/events",
            dict,
            token=tenant.reading_key,
            query={"cursor": "damaged"},
            expect=(400,),
        )

    def pick(self) -> Tenant:
        return RNG.choice(self.dataset.tenants)

    def list_of(self, tenant: Tenant) -> None:
        reply = self.fetch_page(tenant, {"limit": _PAGE}, {})
        self.remember_tag(tenant, reply)
        self.remember_cursor(tenant, reply)

    def fetch_page(
        self, tenant: Tenant, query: dict[str, object], headers: dict[str, str]
    ) -> Reply[EventPage]:
        return self.exchange(
            "GET /api/v1/events",
            EventPage,
            token=tenant.reading_key,
            query=query,
            headers=headers,
            expect=(200, 304) if headers else (200,),
            complaint=out_of_order,
        )

    def remember_tag(self, tenant: Tenant, reply: Reply[EventPage]) -> None:
        if reply.body is not None:
            self.tags[tenant.id] = reply.headers.get("ETag", "")

    def remember_cursor(self, tenant: Tenant, reply: Reply[EventPage]) -> None:
        """Keep the cursor of the next page; after the last page start again."""
        if reply.body is None or reply.body.next_cursor is None:
            self.cursors.pop(tenant.id, None)
        else:
            self.cursors[tenant.id] = reply.body.next_cursor

    def last_week(self) -> dict[str, str]:
        now = datetime.now(UTC)
        return {"from": (now - timedelta(days=7)).isoformat(), "to": now.isoformat()}
