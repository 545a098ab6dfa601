"""Commands that will not do what they were told, with the sentence for the terminal."""

from __future__ import annotations


class Refused(Exception):
    """The command refuses; the text says why and what to do. Exit status 2."""
