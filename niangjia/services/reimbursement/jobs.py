"""The work of this room: see :mod:`feeds.jobs`."""

from niangjia.services.reimbursement.feeds import jobs as feeds  # noqa: F401 - declares by import
