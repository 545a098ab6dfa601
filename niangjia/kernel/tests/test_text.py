import pytest

from niangjia.kernel import text as kernel_text
from niangjia.kernel.text import Listed, Text, _


@pytest.fixture
def english():
    before = kernel_text._translate
    kernel_text.set_translator(
        {"至少 {n} 个字": "At least {n} characters", "您好": "Hello", "姓名": "Name", "、": ", "}.get
    )
    yield
    kernel_text.set_translator(before)


def test_a_text_without_translator_is_its_chinese_message():
    assert str(Text("您好")) == "您好"


def test_values_are_put_in_after_translation(english):
    assert str(_("至少 {n} 个字", n=2)) == "At least 2 characters"


def test_the_language_is_chosen_when_the_text_is_shown():
    greeting = _("您好")
    before = kernel_text._translate
    assert str(greeting) == "您好"
    try:
        kernel_text.set_translator(lambda message: "Hello")
        assert str(greeting) == "Hello"
    finally:
        kernel_text.set_translator(before)


def test_a_text_can_be_a_value_of_another(english):
    assert str(_("至少 {n} 个字", n=_("您好"))) == "At least Hello characters"


def test_braces_in_a_message_without_values_are_kept():
    assert str(_("写成 {年}")) == "写成 {年}"


def test_values_are_never_read_as_format():
    assert str(_("“{name}”", name="{0.__class__}")) == "“{0.__class__}”"


def test_equal_texts_are_equal_and_hash_alike():
    assert _("至少 {n} 个字", n=2) == _("至少 {n} 个字", n=2)
    assert len({_("至少 {n} 个字", n=2), _("至少 {n} 个字", n=2), _("至少 {n} 个字", n=3)}) == 2


def test_words_in_a_row_take_the_mark_of_the_readers_language(english):
    assert str(Listed((Text("姓名"), "X"))) == "Name, X"


def test_words_in_a_row_stand_in_chinese_without_translator():
    assert str(Listed((Text("姓名"), "X"))) == "姓名、X"
