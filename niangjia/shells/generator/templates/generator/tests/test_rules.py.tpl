import pytest

from @package@ import rules
from niangjia.kernel.errors import RuleBroken


@pytest.mark.parametrize(("text", "kept"), [(" 需要  帮助 ", "需要 帮助"), ("四个字的", "四个字的"), ("x" * 500,) * 2])
def test_a_wish_of_4_to_500_characters_is_tidied(text, kept):
    assert rules.require_wish(text) == kept


@pytest.mark.parametrize("text", ["", "三个字", "x" * 501])
def test_a_shorter_or_longer_wish_is_refused(text):
    with pytest.raises(RuleBroken) as refused:
        rules.require_wish(text)
    assert list(refused.value.fields) == ["wish"]


@pytest.mark.parametrize("text", ["", "不行", "x" * 301])
def test_a_reason_of_under_4_or_over_300_characters_is_refused(text):
    with pytest.raises(RuleBroken):
        rules.require_reason(text)
