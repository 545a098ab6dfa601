"""Who did what to what and why: append-only entries, chained by a sealer, verifiable."""
