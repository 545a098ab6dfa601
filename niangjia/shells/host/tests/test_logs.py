import io
import json
import logging

import pytest
import structlog

from niangjia.shells.host import logs

ID_NUMBER = "190101199003070003"
PHONE = "15412345678"


@pytest.fixture
def written():
    """Everything that goes to the log, as one text."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    yield output.getvalue
    root.removeHandler(handler)


def test_a_line_is_json_with_level_logger_and_trace(written):
    structlog.contextvars.bind_contextvars(trace="abc")
    structlog.get_logger("niangjia.test").warning("something", number=3)
    structlog.contextvars.clear_contextvars()
    line = json.loads(written())
    assert (line["event"], line["level"], line["logger"], line["trace"], line["number"]) == (
        "something",
        "warning",
        "niangjia.test",
        "abc",
        3,
    )


def test_for_a_while_what_is_logged_goes_to_a_file(written, tmp_path):
    with logs.written_to(tmp_path / "log" / "filling.log"):
        structlog.get_logger("niangjia.test").warning("inside")
    structlog.get_logger("niangjia.test").warning("after")
    assert [json.loads(line)["event"] for line in written().splitlines()] == ["after"]
    assert '"event": "inside"' in (tmp_path / "log" / "filling.log").read_text()


def test_lines_of_libraries_are_json_too(written):
    logging.getLogger("library").warning("phone %s", PHONE)
    line = json.loads(written())
    assert line["event"] == "phone 154****5678"


def test_identity_numbers_and_phones_are_masked_however_deep(written):
    structlog.get_logger("niangjia.test").warning(f"for {ID_NUMBER}", deep={"list": [PHONE, {"x": f"+86{PHONE}"}]})
    assert ID_NUMBER not in written()
    assert "190101********0003" in written()
    assert written().count(PHONE) == 1, "only the one glued to other digits, which is no phone"


@pytest.mark.parametrize("key", ["password", "code", "token", "authorization", "name"])
def test_fields_that_hold_secrets_or_names_are_never_written(written, key):
    structlog.get_logger("niangjia.test").warning("x", **{key: "hidden words"})
    assert "hidden words" not in written()


def test_a_traceback_shows_no_local_variables_and_masks_its_message(written):
    def fail():
        secret_local = "treasure" + "-chest"
        raise ValueError(f"key ({ID_NUMBER}) exists, {len(secret_local)}")

    try:
        fail()
    except ValueError:
        structlog.get_logger("niangjia.test").exception("failed")
    assert "treasure-chest" not in written()
    assert ID_NUMBER not in written()
    assert json.loads(written())["exception"][0]["exc_type"] == "ValueError"
