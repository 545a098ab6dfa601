"""Buying a group plan (团体参保): an employer or a union orders it for its people, gets an invoice and pays; protection
begins when the money is there."""
