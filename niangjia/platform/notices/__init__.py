"""Messages to people: declared kinds, an outbox in the move's transaction, in-app, SMS and e-mail."""
