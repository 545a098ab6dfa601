"""Spreadsheets out and in: streaming writers whose text is never a formula, a reader that no file can hurt.

``write`` makes workbooks and CSV, ``read`` reads rows in a child process with limits, ``table`` finds the columns of
a form by their headers, ``marks`` gives bad rows back with the reason beside them.
"""
