"""Where nobody is first: waiting lists, draws that anyone can recompute, and what follows when nobody came."""
