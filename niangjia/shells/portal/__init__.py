"""The members' portal."""
