"""A phone or ID number that I need stands with somebody else: both of us say what we can show, the union decides."""
