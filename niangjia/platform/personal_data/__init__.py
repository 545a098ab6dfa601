"""Encryption, blind indexes, masks, reasons, looks and erasure of personal data."""
