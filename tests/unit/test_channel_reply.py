"""An answer is read the same however its bytes come apart, and what is no HTTP is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.channels.reply import LARGEST_ANSWER, LARGEST_HEAD, BadReply, Reply, ReplyReader

COUNTED = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n6;name=value\r\n world\r\n0\r\nTrailer: 1\r\n\r\n"
)
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + COUNTED
EMPTY = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


@given(
    st.sampled_from(
        [(COUNTED, b"ok"), (CHUNKED, b"hello world"), (CONTINUED, b"ok"), (EMPTY, b"")]
    ),
    st.lists(st.integers(1, 40), max_size=60),
)
def test_a_reply_is_whole_at_its_last_byte_and_not_before(
    said: tuple[bytes, bytes], cuts: list[int]
) -> None:
    raw, body = said
    reader = ReplyReader()
    sizes = iter(cuts)
    while (size := next(sizes, len(raw))) < len(raw):
        assert reader.feed(raw[:size]) is None
        raw = raw[size:]
    reply = reader.feed(raw)
    assert reply is not None
    assert reply.body == body
    assert reader.reusable


def test_headers_come_under_any_case_without_the_space_around_them() -> None:
    raw = b"HTTP/1.1 202 \r\nX-Message-Id: \t abc \r\nContent-Length:0\r\nX-Empty:\r\n\r\n"
    reply = read(raw)
    assert reply is not None
    assert reply.headers["x-message-id"] == "abc"
    assert reply.headers["X-EMPTY"] == ""


def test_a_reply_without_a_length_ends_with_the_connection() -> None:
    reader = ReplyReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nhal") is None
    assert reader.feed(b"f") is None
    assert reader.end() == Reply(200, {}, b"half")
    assert not reader.reusable


@pytest.mark.parametrize("raw", [COUNTED[:-1], CHUNKED[:-3], COUNTED[:30], b""])
def test_the_end_of_the_connection_makes_no_half_reply_whole(raw: bytes) -> None:
    reader = ReplyReader()
    assert reader.feed(raw) is None
    assert reader.end() is None


@pytest.mark.parametrize(
    "raw",
    [
        COUNTED.replace(b"abc", b"abc\r\nConnection: close"),
        COUNTED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        COUNTED + b"HTTP/1.1 200 OK\r\n\r\n",  # an answer to a question nobody asked
    ],
)
def test_what_closes_or_says_too_much_is_not_used_again(raw: bytes) -> None:
    reader = ReplyReader()
    reply = reader.feed(raw)
    assert reply is not None
    assert reply.body == b"ok"
    assert not reader.reusable


def test_no_content_needs_no_length() -> None:
    reader = ReplyReader()
    assert reader.feed(NO_CONTENT) == Reply(204, {}, b"")
    assert reader.reusable


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000,
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * LARGEST_HEAD,
    ],
)
def test_what_is_no_http_is_refused(raw: bytes) -> None:
    with pytest.raises(BadReply):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * (LARGEST_ANSWER + 9),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_ANSWER + 9),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * LARGEST_ANSWER,
    ],
    ids=["counted", "until the end", "chunked"],
)
def test_an_endless_reply_is_cut_and_its_connection_not_used_again(raw: bytes) -> None:
    reader = ReplyReader()
    reply = reader.feed(raw)
    assert reply is not None
    assert len(reply.body) == LARGEST_ANSWER
    assert not reader.reusable


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_a_bad_one_or_not_enough(raw: bytes) -> None:
    try:
        read(b"HTTP/1.1 200 OK\r\n" + raw)
    except BadReply:
        return


def read(raw: bytes) -> Reply | None:
    return ReplyReader().feed(raw)
