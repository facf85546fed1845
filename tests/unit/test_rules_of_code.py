"""Rules of security that the code itself keeps: what may reach the network, a shell of SQL."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from contacts.settings import load_settings
from flows.failure import Failure
from flows.running.children import HOST
from flows.running.server import OLDEST_SAFE, prefect_environment, refuse_known_holes
from tests.rows import ROOT

CLIENTS = {"aiohttp", "pyreqwest", "httpx", "requests", "http.client", "urllib.request", "urllib3"}
REACHING = {
    "contacts/channels/wire_aiohttp.py": "providers, at the addresses of the settings",
    "contacts/channels/wire_pyreqwest.py": "providers, at the addresses of the settings",
    "contacts/channels/standin/courier.py": "our own webhooks, from the stand-in",
    "flows/demo/world.py": "the demo's own stand-in",
    "flows/doctor/reaching.py": "providers and Prefect, at the addresses of the settings",
    "flows/running/children.py": "our own processes on this machine",
    "flows/send.py": "the errors of Prefect's client, to be told apart",
}
OUR_OWN = {
    ("contacts/privacy/leftovers.py", "tables"): "the models' names of tables",
    ("contacts/record/given.py", "place"): "a number",
    ("contacts/record/many.py", "word"): "letters alone, checked before",
}
"""What is put into SQL beside constants."""
CODE_OF_WORDS = (
    r"(?<![\w.])(?:eval|exec)\(|\bos\.(?:system|popen)\(|\bshell="
    r"|^(?:import|from) (?:pickle|marshal|shelve|dill|cloudpickle|xml)\b"
)
WEAK, CHANCE = r"\b(?:md5|sha1|MD5|SHA1)\b", r"^\s*(?:import|from) random\b"
PLAYS = {
    "contacts/channels/standin/faults.py",
    "contacts/channels/standin/server.py",
    "flows/demo/people.py",
}
"""Where chance plays providers and people, and guards nothing."""


@cache
def sources() -> tuple[tuple[str, list[ast.AST]], ...]:
    """What every file of ours imports and calls, read once."""
    files = [
        path
        for room in ("contacts", "flows")
        for path in sorted((ROOT / room).rglob("*.py"))
        if "migrations" not in path.parts
    ]
    return tuple((str(path.relative_to(ROOT)), _imports_and_calls(path)) for path in files)


def _imports_and_calls(path: Path) -> list[ast.AST]:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom | ast.Call)]


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def reaches(module: str) -> bool:
    parts = module.split(".")
    if module == "aiohttp.web":  # a server's half
        return False
    return bool({parts[0], ".".join(parts[:2])} & CLIENTS)


def test_s12_nothing_but_a_few_modules_reaches_the_network() -> None:
    found = {path for path, nodes in sources() if any(map(reaches, imported(nodes)))}
    assert found == REACHING.keys()


def test_s20_sql_is_written_by_us_and_never_put_together_from_words() -> None:
    loose = [
        (path, node.lineno)
        for path, nodes in sources()
        for node in nodes
        if isinstance(node, ast.Call) and _takes_sql(node) and not _is_ours(path, node.args[0])
    ]
    assert not loose


def _takes_sql(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    takers = {"text", "literal_column", "exec_driver_sql", "executescript"}
    is_sqlalchemys = isinstance(call.func, ast.Name) or name not in {"text"}
    return name in takers and is_sqlalchemys and bool(call.args)


def _is_ours(path: str, sql: ast.expr) -> bool:
    """Whether a statement is a constant, put together from constants at most."""
    names = {node.id for node in ast.walk(sql) if isinstance(node, ast.Name)}
    return all(name.isupper() or (path, name) in OUR_OWN for name in names - {"state", "str"})


def test_no_words_become_a_command_or_code() -> None:
    assert saying(CODE_OF_WORDS) == set()


def test_no_weak_hash_and_no_guessable_number_guards_anything() -> None:
    assert saying(WEAK) == {"contacts/channels/links.py"}  # HMAC; docs/security.md says why
    assert saying(CHANCE) == PLAYS


def saying(pattern: str) -> set[str]:
    """The files of ours in which it stands."""
    files = [path for room in ("contacts", "flows") for path in (ROOT / room).rglob("*.py")]
    found = re.compile(pattern, re.MULTILINE)
    return {str(path.relative_to(ROOT)) for path in files if found.search(path.read_text("utf-8"))}


@pytest.mark.parametrize("version", ["3.6.21", "3.4.0", "2.20.9", "3.6.4rc1"])
def test_s16_a_prefect_with_known_holes_is_refused(version: str) -> None:
    with pytest.raises(Failure, match=r"3\.6\.22 or later"):
        refuse_known_holes(version)


def test_s16_prefect_listens_on_this_machine_alone(workspace: Path) -> None:
    refuse_known_holes(".".join(map(str, OLDEST_SAFE)))
    environment = prefect_environment(load_settings(workspace))
    assert environment["PREFECT_SERVER_API_HOST"] == HOST == "127.0.0.1"


def test_s16_what_an_operator_asks_elsewhere_is_asked_with_all_certificates(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, name = load_settings(workspace), "PREFECT_API_SSL_CERT_FILE"
    assert name not in prefect_environment(settings)  # no server was started here
    one = settings.state / "prefect" / "one-certificate.pem"
    one.parent.mkdir(parents=True)
    one.touch()
    assert prefect_environment(settings)[name] == str(one)
    monkeypatch.setenv("PREFECT_API_URL", "https://prefect.example.com/api")
    assert name not in prefect_environment(settings)
