"""What the union does with a campaign: draws it up, gives it free in parts, tells everybody, ends it."""
