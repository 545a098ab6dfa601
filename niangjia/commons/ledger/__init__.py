"""The append-only ledger (台账) from which every figure comes.

A service rendered is one row; a correction is a whole reversal on the day of the original, followed by a new row. A
stock (members, places, contracts in force) is the running sum of +1 and -1, so that any past day can be asked. No
foreign key leads to or from a row, so that the table can be distributed.
"""
