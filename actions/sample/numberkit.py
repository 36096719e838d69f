"""Small number tools."""


def is_odd(number):
    """Return True if number is odd."""
    return number % 2 == 1
