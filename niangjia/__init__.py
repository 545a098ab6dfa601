"""Niangjia (娘家): the platform of a city federation of trade unions and of every union below it."""
