"""An address as a page shows it whose link may have been passed on."""


def masked(address: str) -> str:
    """Enough to know one's own address by, too little to learn somebody else's."""
    name, at, domain = address.partition("@")
    if not at:
        return f"••• {address[-3:]}"
    return f"{name[0]}•••@{domain}"
