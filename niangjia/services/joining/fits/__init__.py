"""The offer to members whom a street, town or federation holds because no union fitted when they joined: one fits now.

Such a member has every right of a member; nothing changes until they say yes, and then by an ordinary transfer.
"""
