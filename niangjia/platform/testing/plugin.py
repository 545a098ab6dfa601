"""Pytest fixtures that every test of the house may use."""
