"""Plays years that were: invented people, the same actions, a clock that travels; so that known figures can be told."""
