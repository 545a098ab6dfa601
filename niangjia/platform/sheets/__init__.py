"""Spreadsheets in and out: streaming writer without formula cells, reader in a limited child process."""
