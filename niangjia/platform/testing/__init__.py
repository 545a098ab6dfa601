"""What tests share: builders, a throw-away PostgreSQL, races, the fingerprint of a database."""
