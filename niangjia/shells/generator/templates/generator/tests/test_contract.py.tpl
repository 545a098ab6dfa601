from @package@.room import ROOM
from niangjia.platform.testing.contract import breaches


def test_this_room_keeps_the_contract():
    assert [str(breach) for breach in breaches(ROOM)] == []
