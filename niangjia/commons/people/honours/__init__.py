"""Honours that a member holds, such as model worker or a May Day medal, as officers record them."""
