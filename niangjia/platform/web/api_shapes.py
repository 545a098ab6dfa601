"""What the API of every room takes in the same way."""

from __future__ import annotations

from typing import Annotated

from ninja import Header, Schema
from pydantic import Field

Key = Annotated[str, Header(alias="Idempotency-Key")]
"""The client's key of a request that must have one effect (``requests.idempotency``)."""


class PageIn(Schema):
    page: int = Field(1, ge=1, le=10_000)
    size: int = Field(20, ge=1, le=100)


class ListIn(PageIn):
    state: str = Field("", max_length=32)


class ReasonIn(Schema):
    reason: str = Field(max_length=300)
