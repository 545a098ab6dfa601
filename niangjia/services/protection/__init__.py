"""Mutual-aid protection: what my union has insured me against, how I claim it, and how each sum came about."""
