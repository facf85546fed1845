"""How sentences for people are put, in every room."""


def so_many(count: int, one: str, several: str = "") -> str:
    """1 cell, 2 cells, 1,000 cells; `several` where the plural is more than an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"
