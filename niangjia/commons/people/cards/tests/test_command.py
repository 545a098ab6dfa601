"""``niangjia manage verify_card_code``: a file is enough."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from niangjia.commons.people.cards import keys
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.card_code import TrustList, grouped, new_card_number

NUMBER = new_card_number()


@pytest.fixture
def file(tmp_path, clock):
    """Writes a list and gives its path; the test has no database at all."""

    def write(*, revoked=(), hours_ago=0):
        as_of = kernel_clock.now() - timedelta(hours=hours_ago)
        path = tmp_path / "keys.json"
        path.write_text(json.dumps(TrustList(keys.public_keys(), as_of, frozenset(revoked)).as_json()))
        return str(path)

    return write


def verify(text, path):
    out = StringIO()
    call_command("verify_card_code", text, keys=path, stdout=out)
    return out.getvalue()


def test_a_genuine_code_is_told_with_its_card(file):
    told = verify(keys.sign(NUMBER, kernel_clock.now()), file())
    assert told.startswith(f"OK {grouped(NUMBER)} issued 2026-03-04 10:00:00 nonce ")


REFUSED = [
    ({}, {"hours_ago": 25}, "CARD_LIST_OLD"),
    ({"at": -61}, {}, "CARD_CODE_EXPIRED"),
    ({"at": 10}, {}, "CARD_CODE_FUTURE"),
    ({}, {"revoked": [NUMBER]}, "CARD_CODE_REVOKED"),
    ({"cut": 1}, {}, "CARD_CODE_INVALID"),
]


@pytest.mark.parametrize(("shown", "listed", "refusal"), REFUSED, ids=[one[2] for one in REFUSED])
def test_what_does_not_count_fails_with_code_and_sentence(file, shown, listed, refusal):
    code = keys.sign(NUMBER, kernel_clock.now() + timedelta(seconds=shown.get("at", 0)))
    with pytest.raises(CommandError, match=refusal):
        verify(code[shown.get("cut", 0) :], file(**listed))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"keys": {}}', "\xff"])
def test_a_damaged_or_missing_file_is_no_traceback(tmp_path, content):
    path = tmp_path / "keys.json"
    path.write_bytes(content.encode("latin-1"))
    for wanted in (path, tmp_path / "missing.json"):
        with pytest.raises(CommandError):
            verify("NJ1.x", str(wanted))
