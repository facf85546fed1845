"""What single settings may be, in types that say at once what would be right."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field


def _as_country(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError("write the two capital letters of a country: DE")
    return code


def _as_address(written: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+", written):
        raise ValueError("write an e-mail address: hello@business.example")
    return written


def _as_language(code: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", code):
        raise ValueError("write the code of a language: en, de, pt-BR")
    return code


Address = Annotated[str, AfterValidator(_as_address)]
Country = Annotated[str, AfterValidator(_as_country)]
"""ISO 3166-1 alpha-2."""
Language = Annotated[str, AfterValidator(_as_language)]
Port = Annotated[int, Field(ge=1, le=65535)]
Kept = Annotated[int, Field(ge=1, le=3650)]
"""Days, up to ten years of them."""
Silence = Annotated[int, Field(ge=1, le=3650)]
"""Days without contact."""
