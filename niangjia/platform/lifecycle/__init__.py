"""The only code that writes a state.

Four forms are fed by the same table of moves: ``open`` creates, ``apply`` moves one, ``apply_many`` moves a set,
``statement`` lets one PostgreSQL statement of a hot path move and record at once. Each demands an open transaction
and an allowed decision, looks the move up in the machine, writes, and runs the effect slots.
"""
