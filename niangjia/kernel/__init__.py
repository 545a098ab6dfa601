"""Pure Python that every floor stands on: no Django, no database, no union word."""
