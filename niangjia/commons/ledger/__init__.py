"""The append-only ledger from which every figure comes."""
