"""What to write instead of what Jinja cannot read, in a template or a condition."""

import re

_REMEDIES = (
    (r"^Expected an expression, got 'end of statement block'",
     "say before the %}} what it is about, as in {{% if customer.first_name %}}"),
    (r"^Expected an expression, got 'end of print statement'",
     "say between the brackets what is to be shown, as in {{{{ customer.first_name }}}}"),
    (r"^Expected an expression, got ", "a name or a value is missing before it"),
    (r"^unexpected 'end of (?:statement block|print statement|template)'",
     "a name or a value is missing before the end"),
    (r"^Unexpected end of template\..* is '(\w+)'\.$", "write {{% end{0} %}} where it ends"),
    (r"^unexpected end of template, expected 'end of print statement'", "close it with }}}}"),
    (r"^unexpected end of template, expected 'end of statement block'", "close it with %}}"),
    (r"^unexpected end of template, expected '(\W)'", "close it with {0}"),
    (r"^unexpected '\}'$", "close with }}}} what {{{{ opened"),
    (r"^Encountered unknown tag '(?:end\w+|else|elif)'\..* is '(\w+)'\.$",
     "write {{% end{0} %}} before it"),
    (r"^Missing end of comment tag", "close it with #}}"),
    (r"(?:^unexpected|got) '='$", "write == to compare"),
    (r"^tag name expected", "write what it does, as in {{% if customer.first_name %}}"),
    (r"^expected name or number", "write the name of a fact after the dot"),
    (r"^expected token 'name', got 'end of ", "a name is missing before the end"),
    (r"^Encountered unknown tag '(?:end\w+|else|elif)'\.$", "nothing is open that it belongs to"),
)  # fmt: skip


def with_remedy(message: str) -> str:
    """The message, and what to do about it where that is known.

    It begins as Jinja's own: what finds the column of a fault goes by the words in it.
    """
    for form, words in _REMEDIES:
        if found := re.search(form, message):
            said = message.partition(". ")[0].removesuffix(".")  # the rest is about Jinja
            return f"{said}; {words.format(*found.groups())}"
    return message
