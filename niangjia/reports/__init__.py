"""The report card (统计成绩单): every figure for any union and all below, any period, open to its records.

Rooms declare indicators; this floor counts them from the ledger and nothing else, keeps standard figures ready, and
writes only its own tables.
"""
