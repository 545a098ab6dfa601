"""I apply to join the union on my phone, the union that fits answers in time, and I am a member."""
