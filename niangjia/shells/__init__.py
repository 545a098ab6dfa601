"""What is opened: the members' portal, the staff console, the API, the demonstration, the benchmarks."""
