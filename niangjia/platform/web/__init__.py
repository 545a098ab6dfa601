"""Pages: layouts, form and list parts, icons, errors, language, the contract by which a room is plugged in."""
