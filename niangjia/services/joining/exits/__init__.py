"""Who neither pays dues nor takes part for long is deemed to have left, never without a warning and an answer's time.

Order inside: states, rules, parameters < models < policies, notices < actions < queries < portal, console, jobs.
"""
