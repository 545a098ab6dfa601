"""Settlements as the insurer sends them: a file that is read, matched, tried out, and turned into a round of cases."""
