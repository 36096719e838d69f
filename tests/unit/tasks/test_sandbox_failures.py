"""Bubblewrap's last words become a reason and a next step."""

from tasks.sandbox.failures import explain, unavailable


def test_known_words_become_a_reason_and_keep_the_words() -> None:
    failure = explain("bwrap: setting up uid map: Permission denied\n")
    assert failure.reason.startswith("AppArmor")
    assert "setting up uid map: Permission denied" in failure.reason
    assert "apparmor_parser" in failure.mend


def test_unknown_words_are_passed_on() -> None:
    assert explain("bwrap: the moon is full\n").reason == "bwrap: the moon is full"


def test_silence_is_named() -> None:
    assert "without a word" in explain("").reason


def test_the_error_says_that_nothing_was_run() -> None:
    error = unavailable(explain("bwrap: pivot_root: Operation not permitted"))
    assert error.message.endswith("Nothing was run.")
    assert error.mend == explain("pivot_root").mend
