"""Reserving when everybody comes at once: read once, judge, write in one statement."""
