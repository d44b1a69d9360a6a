"""The visitor registers, logs in and refreshes sessions."""

from collections import deque
from collections.abc import Iterable
from http import HTTPStatus
from typing import ClassVar
from uuid import uuid4

from locust import task

from loadtests.dataset import Account, Session
from loadtests.personas.persona import Persona
from loadtests.personas.views import MeView, RegisteredView, TokenView, UserView
from loadtests.sampling import RNG

_SESSIONS_KEPT = 500


class Visitor(Persona):
    """Shares its sessions with all visitors of this process.

    A refresh token works once: the API treats a second use as theft.
    """

    weight = 2
    sessions: ClassVar[deque[Session]] = deque(maxlen=_SESSIONS_KEPT)
    signed_in: ClassVar[deque[Session]] = deque(maxlen=_SESSIONS_KEPT)

    @classmethod
    def receive(cls, sessions: Iterable[Session]) -> None:
        """Replace the sessions."""
        for kept in (cls.sessions, cls.signed_in):
            kept.clear()
        cls.sessions.extend(sessions)
        cls.signed_in.extend(cls.sessions)

    @task(1)
    def register(self) -> None:
        self.sign_up()

    @task(4)
    def log_in(self) -> None:
        self.enter(RNG.choice(self.dataset.accounts))

    @task(16)
    def refresh(self) -> None:
        if self.sessions:
            self.renew(self.sessions.popleft())
        else:
            self.log_in()

    @task(3)
    def read_profile(self) -> None:
        self.look_at(self.signed_in[-1])

    def run_smoke(self) -> None:
        account = self.sign_up()
        self.enter(account)
        self.renew(self.sessions.pop())
        session = self.sessions.pop()
        self.look_at(session)
        self.exchange(
            "PATCH /api/v1/me",
            UserView,
            token=session.access_token,
            body={"name": "Renamed Visitor"},
            complaint=lambda me: "" if me.name == "Renamed Visitor" else "name stayed",
        )
        self.exchange(
            "POST /api/v1/auth/logout",
            type(None),
            token=session.access_token,
            expect=(204,),
        )
        self.be_refused("GET /api/v1/me", session.access_token)

    def sign_up(self) -> Account:
        """Register a user with an organization of its own."""
        account = Account(f"visitor-{uuid4().hex}@load.example", uuid4().hex)
        self.exchange(
            "POST /api/v1/auth/register",
            RegisteredView,
            body={
                "email": account.email,
                "password": account.password,
                "name": "Load Visitor",
                "organization": "Load",
            },
            headers={"Idempotency-Key": uuid4().hex},
            expect=(201,),
            complaint=lambda made: (
                "" if made.user.email == account.email else "registered another user"
            ),
        )
        return account

    def enter(self, account: Account) -> None:
        """Log in and keep the session."""
        body = {"email": account.email, "password": account.password}
        self.keep(self.exchange("POST /api/v1/auth/login", TokenView, body=body).body)

    def renew(self, session: Session) -> None:
        """Exchange the refresh token for a new pair; without a response, keep it."""
        body = {"refresh_token": session.refresh_token}
        reply = self.exchange("POST /api/v1/auth/refresh", TokenView, body=body)
        self.keep(reply.body)
        if reply.body is None and reply.status != HTTPStatus.UNAUTHORIZED:
            self.sessions.append(session)

    def look_at(self, session: Session) -> None:
        self.exchange("GET /api/v1/me", MeView, token=session.access_token)

    def keep(self, tokens: TokenView | None) -> None:
        if tokens is None:
            return
        session = Session(tokens.access_token, tokens.refresh_token)
        self.sessions.append(session)
        self.signed_in.append(session)
