from numberkit import is_odd


def test_three_is_odd():
    assert is_odd(3)


def test_four_is_not_odd():
    assert not is_odd(4)
