"""The demonstration city: invented unions, workers and officers, one sign-in for each role."""
