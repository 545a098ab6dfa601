"""Uploaded and produced files: checked, stored, encrypted when personal, read only with a right."""
