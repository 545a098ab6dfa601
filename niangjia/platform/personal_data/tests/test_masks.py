import pytest

from niangjia.platform.personal_data.masks import mask_account, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (mask_id_number, "110101199001011234", "110101********1234"),
        (mask_id_number, "11010119900101123X", "110101********123X"),
        (mask_id_number, "CAN110190030711", "CA***********11"),
        (mask_id_number, "12", "**"),
        (mask_id_number, "", ""),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "1381234", "*******"),
        (mask_phone, "", ""),
        (mask_name, "张三", "张*"),
        (mask_name, "张三丰", "张**"),
        (mask_name, "阿依古丽·买买提", "阿***"),
        (mask_name, "𠮷", "*"),
        (mask_name, "", ""),
        (mask_account, "6222021234567890123", "**** 0123"),
        (mask_account, "1234", "****"),
        (mask_account, "", ""),
    ],
)
def test_a_mask_shows_enough_to_recognise_and_not_enough_to_use(mask, value, shown):
    assert mask(value) == shown


@pytest.mark.parametrize("mask", [mask_id_number, mask_phone, mask_name, mask_account])
@pytest.mark.parametrize("length", range(1, 30))
def test_a_mask_never_shows_the_whole(mask, length):
    value = "123456789012345678901234567890"[:length]
    assert mask(value) != value
    assert "*" in mask(value)
