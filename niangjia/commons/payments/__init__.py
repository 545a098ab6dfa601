"""Paying people by the bank: accounts with a fund source, payments, files for the bank, and the bank's answers.

A room asks for a payment (:func:`actions.request`) and hears what became of it (:mod:`hearing`). It never touches an
account. Nothing is paid twice: one live payment for each thing that is paid, one file for each batch, and whatever the
bank answers, in whatever order and however often, ends in the same state.
"""
