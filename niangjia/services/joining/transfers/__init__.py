"""A membership goes from one union to another: asked for, let go by the old union, taken in by the new one.

Order inside: states, rules < models < policies, records, notices < actions < queries < forms < portal, console, jobs.
"""
