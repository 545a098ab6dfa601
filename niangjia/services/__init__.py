"""One room per system of the domain. Rooms do not know each other."""
