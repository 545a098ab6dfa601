"""The generator of rooms: writes the files of a small room that is complete and keeps the contract."""
