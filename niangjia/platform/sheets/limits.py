"""How much of a spreadsheet is read before it is refused. Pure: the child process uses it without Django."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one file; the defaults allow a roster of 500,000 people.

    ``file_bytes`` is the size as uploaded, ``inflated_bytes`` all parts unpacked, ``memory_bytes`` the address space,
    ``cpu_seconds`` the computing time and ``wait_seconds`` the waiting time of the child process that reads it.
    """

    rows: int = 500_000
    columns: int = 256
    file_bytes: int = 64 * MIB
    inflated_bytes: int = 1024 * MIB
    parts: int = 10_000
    line_bytes: int = MIB // 2
    memory_bytes: int = 2048 * MIB
    cpu_seconds: int = 120
    wait_seconds: float = 180.0
