import pytest

from niangjia.kernel import errors
from niangjia.kernel.text import Text

STATUSES = {
    errors.Malformed: 400,
    errors.NotSignedIn: 401,
    errors.NotAllowed: 403,
    errors.NotFound: 404,
    errors.InvalidMove: 409,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.RuleBroken: 422,
}


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_every_kind_of_refusal_has_its_status_code_and_sentence(kind, status):
    error = kind("SOME_CODE", Text("不行。"), fields={"name": [Text("请填写。")]})
    assert (error.status, error.code, str(error.message)) == (status, "SOME_CODE", "不行。")
    assert [str(text) for text in error.fields["name"]] == ["请填写。"]
    assert str(error) == "SOME_CODE: 不行。"
    assert isinstance(error, errors.DomainError)


def test_waiting_is_told_in_seconds():
    assert errors.TooMany("TOO_MANY", Text("太多。"), retry_after=30).retry_after == 30
    assert errors.TooMany.status == 429
    assert errors.Unavailable("BUSY", Text("稍后。")).retry_after == 5
    assert errors.Unavailable.status == 503


def test_every_kind_of_refusal_is_tested_here():
    kinds = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DomainError)}
    assert kinds - {errors.DomainError} == {*STATUSES, errors.TooMany, errors.Unavailable}


def test_a_missing_right_a_broken_rule_and_a_forbidden_move_are_three_things():
    for kind in (errors.NotAllowed, errors.RuleBroken, errors.InvalidMove):
        assert not any(issubclass(kind, other) for other in STATUSES if other is not kind)
