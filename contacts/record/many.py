"""What statements over many rows are made of: one bound list of keys, words that are constants.

A statement that is put together once, at import, costs a tenth of one made anew for each batch; so
the keys are one list, and the text is the same for one of them and for 500.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import orjson
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Insert,
    ScalarSelect,
    String,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

from contacts.record.base import Base

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def one_of(column: Any, name: str) -> ColumnElement[bool]:
    """Whether the column is among the values bound under `name`: any collection of its type."""
    return cast("ColumnElement[bool]", _OneOf(column, bindparam(name, type_=_ListOf(column.type))))


def among(column: Any, values: ScalarSelect[Any]) -> ColumnElement[bool]:
    """Whether the column is among those few that a query gives, found in the column's index."""
    return cast("ColumnElement[bool]", _Among(column, values))


def constant(word: str) -> ColumnElement[str]:
    """A word of ours in the statement's own text: only so does SQLite use a partial index for it.

    For what the index says must be in the query literally, in the same form and order.
    """
    if not word.replace("_", "").isalpha():
        raise ValueError(f"{word!r} cannot stand in a statement as it is")
    return literal_column(f"'{word}'", String())


def rows_of(objects: Iterable["DataclassInstance"], **more: Any) -> list[dict[str, Any]]:
    """The fields of dataclasses of one class as rows, each with `more`.

    `dataclasses.asdict` copies every value deeply, which costs fifteen times as much.
    """
    listed = list(objects)
    if not listed:
        return []
    names = [field.name for field in fields(listed[0])]
    values = attrgetter(*names)
    return [dict(zip(names, values(one), strict=True)) | more for one in listed]


def columns_of(objects: Sequence["DataclassInstance"]) -> dict[str, list[Any]]:
    """The fields of dataclasses of one class, each as the list of its values; for `unnesting`."""
    names = [field.name for field in fields(objects[0])]
    return {name: [getattr(one, name) for one in objects] for name in names}


def unnesting(table: type[Base], *names: str) -> Insert:
    """PostgreSQL's INSERT of rows that are given as one list for each column.

    Long texts cost it a third of what they cost row by row, for they go over as they are.
    """
    columns = [table.__table__.columns[name] for name in names]
    lists = (bindparam(column.name, type_=ARRAY(column.type)) for column in columns)
    given = func.unnest(*lists).table_valued(*names).render_derived(name="given")
    return insert(table).from_select(names, select(*given.columns), include_defaults=False)


class _ListOf(TypeDecorator[Any]):
    """A list as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        listed = ARRAY(self.item) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(listed)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        # orjson writes a date as SQLite's column keeps it: 2026-11-21.
        values = list(value)
        return values if dialect.name == "postgresql" else orjson.dumps(values).decode()


class _OneOf(FunctionElement[Any]):
    """A column, and the list that is to hold its value."""

    inherit_cache = True
    type = NullType()  # of a Boolean SQLite would be asked `… = 1`, for which it uses no index


@compiles(_OneOf)
def _one_of_on_sqlite(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # compiled parts


@compiles(_OneOf, "postgresql")
def _one_of_on_postgresql(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY ({values})"


class _Among(FunctionElement[Any]):
    """A column, and a query for values of it that are few beside the table's."""

    inherit_cache = True
    type = NullType()  # as above


@compiles(_Among)
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} IN {values}"


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    # The values of an array are looked up in the index; for those of a query the planner may well
    # read the whole table.
    column, values = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} = ANY (ARRAY{values})"
