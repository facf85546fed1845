"""The naive loop: an ORM object, a template, the provider's own client, a commit on either side."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import Category, CustomArg, Email, Header, Mail, ReplyTo, To
from sqlalchemy import JSON, Engine, ForeignKey, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from benchmarks import API_KEY
from benchmarks.measured import Measured, measuring
from benchmarks.message import BUSINESS, Message, Words, context_of, unsubscribe_link
from benchmarks.people import NOW, people


class _Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSON}  # noqa: RUF012  # the declarative API's own form


class _Person(_Base):
    __tablename__ = "customers"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    phone: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    company: Mapped[str]
    timezone: Mapped[str]
    locale: Mapped[str]
    country: Mapped[str]
    tier: Mapped[str]
    persona: Mapped[str]
    joined_on: Mapped[datetime]
    attributes: Mapped[dict[str, Any]]


class _Touch(_Base):
    __tablename__ = "touches"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    state: Mapped[str] = mapped_column(index=True)
    due_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    person: Mapped[_Person] = relationship()


class _Attempt(_Base):
    __tablename__ = "attempts"

    id: Mapped[str] = mapped_column(primary_key=True)
    touch_id: Mapped[int] = mapped_column(ForeignKey("touches.id"))
    state: Mapped[str]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    provider_id: Mapped[str | None]
    http_status: Mapped[int | None]


def prepare(path: Path, touches: int) -> None:
    """A database in which so many touches are due."""
    engine = _open(path)
    _Base.metadata.create_all(engine)
    with Session(engine) as session:
        for person in people(touches):
            joined = datetime.combine(person["joined_on"], datetime.min.time())
            session.add(_Person(**person | {"joined_on": joined}))
            session.add(_Touch(customer_id=person["id"], state="planned", due_at=_naive(NOW)))
        session.commit()
    engine.dispose()


def run(path: Path, url: str, *, touches: int, warm_up: int) -> Measured:
    """Send `warm_up` touches, then `touches` more and measure those."""
    measured = Measured(touches=touches)
    engine = _open(path)
    client = SendGridAPIClient(API_KEY, host=url)
    message = Message()
    _send(engine, client, message, warm_up)
    commits: list[None] = []
    event.listen(engine, "commit", lambda _: commits.append(None))
    with measuring(measured):
        _send(engine, client, message, touches)
    measured.commits = len(commits)
    engine.dispose()
    return measured


def _send(engine: Engine, client: SendGridAPIClient, message: Message, touches: int) -> None:
    due = (
        select(_Touch.id)
        .where(_Touch.state == "planned", _Touch.due_at <= _naive(NOW))
        .order_by(_Touch.due_at, _Touch.id)
        .limit(touches)
    )
    with Session(engine) as session:
        for touch_id in session.scalars(due).all():
            touch = session.get_one(_Touch, touch_id)
            _send_one(session, client, message, touch)


def _send_one(session: Session, client: SendGridAPIClient, message: Message, touch: _Touch) -> None:
    attempt = _Attempt(
        id=str(uuid4()), touch_id=touch.id, state="sending", started_at=_naive(datetime.now(UTC))
    )
    touch.state = "sending"
    session.add(attempt)
    session.commit()
    customer = {column.key: getattr(touch.person, column.key) for column in _Person.__table__.c}
    customer["joined_on"] = customer["joined_on"].date()
    words = message.render(context_of(customer, NOW.date()))
    response = client.send(_mail(customer, words, attempt.id))
    attempt.state = "accepted"
    attempt.http_status = response.status_code
    attempt.provider_id = response.headers["X-Message-Id"]
    attempt.answered_at = touch.made_at = _naive(datetime.now(UTC))
    touch.state = "accepted"
    session.commit()


def _mail(customer: dict[str, Any], words: Words, attempt_id: str) -> Mail:
    mail = Mail(
        from_email=Email(BUSINESS["email"], "Example Tea"),
        to_emails=To(customer["email"], f"{customer['first_name']} {customer['last_name']}"),
        subject=words.subject,
        plain_text_content=words.text,
        html_content=words.html,
    )
    mail.reply_to = ReplyTo(f"reply+{attempt_id}@reply.tea.example.com")
    mail.add_custom_arg(CustomArg("attempt_id", attempt_id))
    mail.add_category(Category("spring"))
    mail.add_header(Header("List-Unsubscribe", f"<{unsubscribe_link(customer['id'])}>"))
    mail.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return mail


def _open(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
