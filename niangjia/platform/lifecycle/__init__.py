"""The only code that writes a state: open, apply, apply_many, statement, and their effect slots."""
