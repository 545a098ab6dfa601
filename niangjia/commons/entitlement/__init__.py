"""Who may have what, as data that explains itself."""
