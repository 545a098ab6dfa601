"""Numbers that a congress may change: dated, published once, never edited."""
