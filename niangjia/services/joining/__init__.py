"""I apply to join the union on my phone; the union that fits answers in time; and I am a member.

The application goes to the union of my employer, or to the union of the street where I work. My employer's
management never sees it. See docs/domains/joining.md.
"""
