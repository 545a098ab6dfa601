"""The member's card: a number on plastic and a code on the phone, one card in force for each member.

The card only says who stands there. What somebody may have is bound to the person, so a new card brings nothing anew.
"""
