"""A refusal that only uploads know."""

from niangjia.kernel.errors import DomainError


class WrongType(DomainError):
    """The upload is of a kind that is not taken here."""

    status = 415
