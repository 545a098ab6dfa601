"""Benchmarks, run by hand, never in the test suite. Each has its own throw-away PostgreSQL and never touches data."""
