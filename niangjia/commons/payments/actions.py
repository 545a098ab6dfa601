"""Everything that changes payments, batches and the accounts that people name; what rooms call is :func:`request`."""

from niangjia.commons.payments.accounts import open_fund, take_in
from niangjia.commons.payments.answering import Outcome, answer, close, fail, pay
from niangjia.commons.payments.bank_accounts import (
    Named,
    confirm_account,
    name_account,
    name_accounts,
    refuse_account,
    replace_account,
)
from niangjia.commons.payments.batches import discard, draw_up, prepare, release, send_back, take_out
from niangjia.commons.payments.hands import identify
from niangjia.commons.payments.placing import (
    confirm_aside,
    confirm_place,
    decline_aside,
    decline_place,
    propose_aside,
    propose_place,
    set_aside,
    take_up,
)
from niangjia.commons.payments.requesting import Payee, Wanted, cancel, correct, request, request_many
from niangjia.commons.payments.settling import settle
from niangjia.commons.payments.strays import AnswerLine, report_stray, resolve_stray

__all__ = [
    "AnswerLine",
    "Named",
    "Outcome",
    "Payee",
    "Wanted",
    "answer",
    "cancel",
    "close",
    "confirm_account",
    "confirm_aside",
    "confirm_place",
    "correct",
    "decline_aside",
    "decline_place",
    "discard",
    "draw_up",
    "fail",
    "identify",
    "name_account",
    "name_accounts",
    "open_fund",
    "pay",
    "prepare",
    "propose_aside",
    "propose_place",
    "refuse_account",
    "release",
    "replace_account",
    "report_stray",
    "request",
    "request_many",
    "resolve_stray",
    "send_back",
    "set_aside",
    "settle",
    "take_in",
    "take_out",
    "take_up",
]
