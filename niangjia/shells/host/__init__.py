"""What an operator needs: serving, health, metrics, logs, checks at start, backup and restore."""
