"""The union gives something away: at a moment that everybody was told I reserve one item out of all kinds on my
phone, fetch it with my card at the named place between set days, or give it up.

Nobody gets two, nothing is promised twice, and every refusal says why. See docs/domains/offers.md.
"""
