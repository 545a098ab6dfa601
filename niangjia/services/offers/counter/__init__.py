"""Where it is handed out: look, confirm, take back, without network too, and the sheet of the day."""
