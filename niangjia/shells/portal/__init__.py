"""What members see on their phones: signing in, home, services, card, and what is mine."""
