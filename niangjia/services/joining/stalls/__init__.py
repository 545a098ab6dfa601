"""Joining on the spot: a talk with workers or with an employer (双沟通), a code to scan, and officers who answer there.

Workers scan the code with their own phones and apply; the officers beside them see who came and approve at once.
"""
