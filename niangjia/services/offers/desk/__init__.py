"""The officers' pages of this room, beside the first ones in ``console.py``."""
