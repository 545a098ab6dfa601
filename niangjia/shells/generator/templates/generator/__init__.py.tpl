"""@label@: a member asks, the union that holds the membership answers, and the member is told.

See @docs@.
"""
