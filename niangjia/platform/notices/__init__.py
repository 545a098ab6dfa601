"""Telling people: a message in the portal, an SMS, an e-mail. Written with the act, sent by the worker afterwards.

``kinds`` says what can be told, ``outbox`` writes it in the act's transaction, ``delivery`` carries it out, and
``queries`` and ``actions`` serve the page 我的消息.
"""
