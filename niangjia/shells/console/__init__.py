"""What union staff see: signing in with two factors, my desk, search, people, unions, notices."""
