"""What may go wrong with people, sessions and keys."""

from api.kernel.errors import Conflict, Missing, Refused, Unauthenticated, Unavailable


class EmailTaken(Conflict):
    """Somebody is registered with this address."""

    code = "email_taken"

    def __init__(self) -> None:
        super().__init__("This e-mail address is registered already.")


class LoginRefused(Unauthenticated):
    """No such person, or not this password; which of them is not told."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class TokenRefused(Unauthenticated):
    """The token or key is forged, expired, revoked or for somebody else."""

    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("The token is not valid.")


class RefreshTokenReused(Unauthenticated):
    """The refresh token had two holders, so its whole family was revoked."""

    code = "refresh_token_reused"

    def __init__(self) -> None:
        super().__init__("The session was ended because its token was used twice.")


class PersonUnknown(Missing):
    """Nobody is registered with this address."""

    code = "person_unknown"

    def __init__(self) -> None:
        super().__init__("Nobody is registered with this e-mail address.")


class ApiKeyMissing(Missing):
    """The organization has no such key."""

    def __init__(self) -> None:
        super().__init__("There is no such API key.")


class ScopeRefused(Refused):
    """A key may do no more than the person who makes it."""

    code = "scope_refused"

    def __init__(self, scope: str) -> None:
        super().__init__(f"Your own role does not include {scope}.")
        self.scope = scope


class PasswordsBusy(Unavailable):
    """More passwords wait to be checked than can be in reasonable time."""

    code = "overloaded"

    def __init__(self) -> None:
        super().__init__("Too many log-ins at once.", retry_after_seconds=2)
