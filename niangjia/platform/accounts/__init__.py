"""Who signs in, how, and for how long: users, sessions, codes by SMS, passwords with TOTP."""
