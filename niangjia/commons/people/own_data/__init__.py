"""What a member may do with their own data: see all of it, take it along, take a consent back, close the account."""
