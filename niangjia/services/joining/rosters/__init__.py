"""Bulk joining (批量入会): an officer uploads a spreadsheet, sees what would become of each row, and confirms it whole.

A file is read in a child process and staged in committed batches; applying it is one short set-based step, or nothing.
"""
