"""What the API takes as JSON: exactly what the schema says, in UTF-8, without tricks.

Python's own reader takes NaN, doubled keys, lone surrogates, numbers of any length and nests until the stack is full;
pydantic turns ``"12"``, ``1.0`` and ``true`` into 12 and 1, and numbers into dates. Here none of this passes.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from datetime import date, datetime
from types import UnionType
from typing import Annotated, Any, NoReturn, Union, get_args, get_origin

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Strict
from pydantic_core import PydanticCustomError

from niangjia.kernel.errors import DomainError, Malformed
from niangjia.kernel.text import Text, _

DEEPEST = 32
MOST_VALUES = 20_000
LONGEST_NUMBER = 40
LONGEST_KEY = 200
_SURROGATE = re.compile("[\ud800-\udfff]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII)


class UnsupportedMedia(DomainError):
    """The body is not JSON in UTF-8."""

    status = 415


class StrictParser(Parser):
    """Ninja's parser, but strict."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body; raises UnsupportedMedia MEDIA_TYPE or Malformed JSON_MALFORMED."""
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        plain = request.headers.get("Content-Encoding", "identity") == "identity"
        if "Transfer-Encoding" in request.headers:
            raise malformed()  # its length is said twice or not at all: two servers might read two bodies
        if request.content_type != "application/json" or charset not in {"utf-8", "utf8"} or not plain:
            raise UnsupportedMedia("MEDIA_TYPE", _("请用UTF-8编码的application/json发送内容。"))
        return read(request.body)

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """The values of a query string or a form; raises Malformed TEXT_MALFORMED for a character that is none."""
        texts = (text for name in data for text in (name, *data.getlist(name)) if isinstance(text, str))
        if any("\x00" in text or _SURROGATE.search(text) for text in texts):
            raise Malformed("TEXT_MALFORMED", _("请求里有不能用的字符，没有作任何改动。"))
        return super().parse_querydict(data, list_fields, request)


def malformed() -> Malformed:
    """The body cannot be read as JSON."""
    return Malformed("JSON_MALFORMED", _("请求格式有误：内容不是正确的JSON，没有作任何改动。"))


def read(body: bytes) -> Any:
    """The value that ``body`` says in strict JSON; raises Malformed JSON_MALFORMED."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_number,
        )
        _require_readable(value)
    except (ValueError, RecursionError):
        raise malformed() from None
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) or any(len(key) > LONGEST_KEY for key in found):
        raise ValueError("a key twice, or a very long one")
    return found


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("no JSON number")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a very long number")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if len(text) > LONGEST_NUMBER or not math.isfinite(number):
        raise ValueError("no finite number")
    return number


def _require_readable(value: Any) -> None:
    """Walk through ``value`` without recursion: neither deep nor endless, and no character that is none."""
    waiting, seen = [(value, 1)], 0
    while waiting:
        item, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST or seen > MOST_VALUES:
            raise ValueError("too deep or too much")
        if isinstance(item, str) and ("\x00" in item or _SURROGATE.search(item)):
            raise ValueError("a character that is none")
        if isinstance(item, dict):
            waiting += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            waiting += [(part, depth + 1) for part in item]


def _day(value: Any) -> Any:
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        raise PydanticCustomError("day_format", "a day is written 2026-01-31")
    return value


def _moment(value: Any) -> Any:
    if not (isinstance(value, str) and _MOMENT.fullmatch(value)):
        raise PydanticCustomError("moment_format", "a moment is written 2026-01-31T09:30:00+08:00")
    return value


_EXACT: dict[Any, Any] = {
    int: Annotated[int, Strict()],
    bool: Annotated[bool, Strict()],
    float: Annotated[float, Strict()],
    str: Annotated[str, Strict()],
    date: Annotated[date, BeforeValidator(_day)],
    datetime: Annotated[AwareDatetime, BeforeValidator(_moment)],
}


def harden(model: type[BaseModel], done: set[type[BaseModel]] | None = None) -> None:
    """Make ``model`` and every model in its fields refuse unknown fields and values of a merely similar type."""
    seen = set() if done is None else done
    if model in seen:
        return
    seen.add(model)
    for inner in _models_in(model):
        harden(inner, seen)
    model.model_config["extra"] = "forbid"
    for field in model.model_fields.values():
        field.annotation = _exact(field.annotation)
    model.model_rebuild(force=True)


def _models_in(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for field in model.model_fields.values():
        yield from _models_of(field.annotation)


def _models_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_of(argument)


def _exact(annotation: Any) -> Any:
    """``annotation`` with every plain type in it replaced by its exact form."""
    if annotation in _EXACT:
        return _EXACT[annotation]
    arguments = get_args(annotation)
    if not arguments or get_origin(annotation) is Annotated:
        return annotation
    exact = tuple(_exact(argument) for argument in arguments)
    if exact == arguments:
        return annotation
    origin: Any = Union if get_origin(annotation) in (Union, UnionType) else get_origin(annotation)
    return origin[exact]


SENTENCES: dict[str, Text] = {
    "missing": _("请填写这一项。"),
    "extra_forbidden": _("没有这一项，请去掉。"),
    "string_too_long": _("太长了，最多{max_length}个字。"),
    "string_too_short": _("太短了，至少{min_length}个字。"),
    "too_long": _("太多了，最多{max_length}项。"),
    "string_type": _("这一项应当是文字。"),
    "int_type": _("这一项应当是整数。"),
    "bool_type": _("这一项应当是true或false。"),
    "day_format": _("日期请写成2026-01-31的样子。"),
    "moment_format": _("时间请写成2026-01-31T09:30:00+08:00的样子。"),
    "enum": _("这一项不在可选的范围里。"),
    "literal_error": _("这一项不在可选的范围里。"),
    "greater_than_equal": _("太小了，不能小于{ge}。"),
    "less_than_equal": _("太大了，不能大于{le}。"),
}
OTHERWISE = _("这一项的格式不对，请检查后再提交。")


def sentence(error: dict[str, Any]) -> Text:
    """The sentence for one of pydantic's errors."""
    known = SENTENCES.get(error["type"], OTHERWISE)
    return Text(
        known.message, {key: value for key, value in (error.get("ctx") or {}).items() if "{" + key in known.message}
    )
