"""What a database can store as text."""


def is_storable(text: str) -> bool:
    r"""Whether every database takes the text.

    NUL ends a text in PostgreSQL, and a lone surrogate is no UTF-8.

    Examples
    --------
    >>> is_storable("Größe 42"), is_storable("a\x00b"), is_storable("\ud800")
    (True, False, False)
    """
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
