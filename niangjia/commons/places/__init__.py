"""Sites: where something is handed out, offered or found."""
