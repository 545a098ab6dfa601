"""Logs: one JSON object a line, with the trace of the request, without personal data.

Names and addresses are never logged on purpose; identity numbers and phones that slip into a message (a database
error quotes values) are masked here. Local variables of a traceback are never shown.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer

_ID_NUMBER = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_PHONE = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")
_SECRETS = frozenset(
    {"password", "code", "totp", "token", "secret", "authorization", "cookie", "phone", "id_number", "name"}
)


def without_personal_data(text: str) -> str:
    """``text`` with identity numbers and phones masked."""
    return _PHONE.sub(r"\1****\2", _ID_NUMBER.sub(r"\1********\2", text))


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that masks every value, however deep it lies."""
    for key in list(event):
        event[key] = "***" if key in _SECRETS else _masked(event[key])
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return without_personal_data(value)
    if isinstance(value, dict):
        return {
            key: "***" if key in _SECRETS and isinstance(item, str) and key != "name" else _masked(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return value if isinstance(value, int | float | bool) or value is None else without_personal_data(str(value))


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]


def configure(level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING; everything goes to standard error."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    # A refusal is no warning: our own line of each request tells its status, and a rush refuses thousands a minute.
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": formatter}},
        "handlers": {"standard_error": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["standard_error"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


@contextmanager
def written_to(file: Path) -> Iterator[None]:
    """Write what is logged inside the block to ``file``, where standard error is read by somebody else."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handlers = [one for one in logging.getLogger().handlers if isinstance(one, logging.StreamHandler)]
    with file.open("w", encoding="utf-8") as stream:
        before = [one.stream for one in handlers]
        for handler in handlers:
            handler.setStream(stream)
        try:
            yield
        finally:
            for handler, old in zip(handlers, before, strict=True):
                handler.setStream(old)


def formatter() -> logging.Formatter:
    """The formatter for our own lines and those of libraries."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20)),
            mask,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
