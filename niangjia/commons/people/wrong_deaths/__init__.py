"""A death that was recorded wrongly, undone by two officers."""
