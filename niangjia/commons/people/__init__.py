"""Persons, households, kinship, membership: one person, one current membership."""
