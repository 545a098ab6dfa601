"""Staged files: a spreadsheet that somebody uploads, looks at row by row, and confirms whole.

A file is read in a child process and staged in short committed batches, taken up again where a killed worker left off;
what would become of each row is shown before anything happens; applying it is one short set-based step, or nothing.
A room that takes files gives its columns, its reader of rows and its step; everything around them stands here.
"""
