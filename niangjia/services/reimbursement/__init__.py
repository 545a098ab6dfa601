"""Part of what I paid myself for the doctor comes back, without asking: the insurer's settlements are matched,
computed, looked at by two people, and paid to my card."""
