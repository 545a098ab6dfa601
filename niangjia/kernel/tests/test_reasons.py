from __future__ import annotations

import pytest

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import Text


def test_a_reason_is_tidied():
    assert require_reason("  本人  申请\n ") == "本人 申请"


@pytest.mark.parametrize("reason", ["", "   ", "退会了", "因" * 301])
def test_a_reason_has_four_to_three_hundred_characters(reason):
    with pytest.raises(RuleBroken) as refusal:
        require_reason(reason, sentence=Text("请写理由"))
    assert refusal.value.code == "REASON_NEEDED"
    assert refusal.value.fields == {"reason": [Text("请写理由")]}
