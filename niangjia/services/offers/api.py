"""``/api/v1/offers/``."""

from __future__ import annotations

from ninja import Router

from niangjia.services.offers import api_reserve

router = Router(tags=["offers"])
router.add_router("", api_reserve.router)
