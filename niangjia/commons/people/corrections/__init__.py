"""Somebody says that what is stored of them is wrong, shows a paper, and an officer of their union sets it right."""
