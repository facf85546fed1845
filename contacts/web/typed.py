"""Words of a form or an address as the record can hold them."""


def typed(value: object) -> str:
    """The words, without what no text in a database has; empty for a file or nothing at all.

    That is NUL, and halves of characters, which only a program can send.
    """
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode(errors="ignore").decode()
