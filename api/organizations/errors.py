"""What may go wrong with organizations and their members."""

from api.kernel.errors import Conflict, Missing, Refused


class OrganizationMissing(Missing):
    """There is no such organization, or the token does not speak for it."""

    def __init__(self) -> None:
        super().__init__("There is no such organization.")


class MemberMissing(Missing):
    """The person does not belong to the organization."""

    def __init__(self) -> None:
        super().__init__("There is no such member.")


class AlreadyMember(Conflict):
    """The person belongs to the organization already."""

    code = "already_member"

    def __init__(self) -> None:
        super().__init__("This person is a member already.")


class LastOwner(Conflict):
    """The organization must keep at least one owner."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("An organization needs at least one owner.")


class RankTooLow(Refused):
    """Nobody grants a role above their own, or touches a member above them."""

    code = "rank_too_low"

    def __init__(self) -> None:
        super().__init__("This needs a role at least as high as the one concerned.")
