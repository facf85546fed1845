"""The stand-in's inbox: what people see, and how a message is kept from doing anything."""

from pathlib import Path

import pytest

from contacts.channels.incoming import EventKind
from tests.rehearsal import Rehearsal, email, receiving, rehearsal, text


async def page(stage: Rehearsal, path: str, **headers: str) -> tuple[int, str, str]:
    """Status, text and content security policy."""
    async with stage.http.get(stage.standin.url + path, headers=headers) as answer:
        policy = answer.headers.get("Content-Security-Policy", "")
        return answer.status, await answer.text(), policy


async def test_an_empty_inbox_says_so(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        status, words, policy = await page(stage, "/")
    assert status == 200
    assert "Nothing was sent yet" in words
    assert "default-src 'none'" in policy


async def test_the_newest_message_is_on_top_and_a_search_finds_its_customer(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        await stage.mail.send(email(subject="The first"))
        await stage.mail.send(email(to="bob@example.com", to_name="Bob", subject="The second"))
        await stage.sms.send(text(body="The third"))
        _, everything, _ = await page(stage, "/")
        _, found, _ = await page(stage, "/?q=BOB%40example")
        _, nothing, _ = await page(stage, "/?q=cleo")
    places = [everything.index(f"The {word}") for word in ("third", "second", "first")]
    assert places == sorted(places)
    assert "The second" in found
    assert "The first" not in found
    assert "1 message with “BOB@example”" in found
    assert "Nothing holds “cleo”" in nothing
    assert everything.count(" UTC</time>") == 3


async def test_words_of_a_message_are_never_markup_of_ours(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.mail.send(email(subject=evil, text=evil, to_name=evil))
        sms = await stage.sms.send(text(body=evil))
        paths = (
            "/",
            f"/?q={evil}",
            f"/messages/{receipt.provider_id}",
            f"/messages/{sms.provider_id}",
        )
        pages = [(await page(stage, path))[1] for path in paths]
    assert not any(evil in words for words in pages)


async def test_a_mail_is_shown_cut_off_from_everything(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        receipt = await stage.mail.send(email())
        _, around, _ = await page(stage, f"/messages/{receipt.provider_id}")
        _, html, policy = await page(stage, f"/messages/{receipt.provider_id}/html")
    assert 'sandbox="allow-popups' in around
    assert html == f'<base target="_blank">{email().html}'
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy + around
    assert "default-src 'none'" in policy


async def test_links_to_our_pages_open_where_the_web_app_is_now(tmp_path: Path) -> None:
    old = "http://127.0.0.1:1/u/3-email.x"
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        mail = await stage.mail.send(email(html=f'<a href="{old}">Unsubscribe</a>', text=old))
        sms = await stage.sms.send(text(body=f"Reply STOP or {old}"))
        _, html, _ = await page(stage, f"/messages/{mail.provider_id}/html")
        _, around, _ = await page(stage, f"/messages/{mail.provider_id}")
        _, talk, _ = await page(stage, f"/messages/{sms.provider_id}")
    now = f"{receiver.url}/u/3-email.x"
    assert all(f'href="{now}"' in words for words in (html, around, talk))
    assert not any(f'href="{old}"' in words for words in (html, around, talk))


async def test_only_a_mail_that_has_the_link_promises_unsubscribe(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        service = await stage.mail.send(email())
        html = '<a href="http://127.0.0.1:1/u/3-email.x">Abmelden</a>'
        marketing = await stage.mail.send(email(html=html))
        _, without, _ = await page(stage, f"/messages/{service.provider_id}")
        _, promised, _ = await page(stage, f"/messages/{marketing.provider_id}")
    assert "Its links work: what is pressed" in without
    assert "Its links work, “Unsubscribe” at its end too: what is pressed" in promised


async def test_a_message_shows_its_headers_and_segments(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as stage:
        mail = await stage.mail.send(email())
        sms = await stage.sms.send(text(body="नमस्ते " * 12))
        _, mail_page, _ = await page(stage, f"/messages/{mail.provider_id}")
        _, sms_page, _ = await page(stage, f"/messages/{sms.provider_id}")
    assert email().reply_to in mail_page
    assert "Ada &amp; Bob &lt;ada@example.com&gt;" in mail_page
    assert "2 segments" in sms_page


async def test_answering_in_the_page_is_the_customers_answer(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receipt = await stage.sms.send(text())
        await stage.ask("flush")
        url = f"{stage.standin.url}/messages/{receipt.provider_id}/reply"
        async with stage.http.post(url, data={"text": "Yes, on Friday"}) as answer:
            assert answer.status == 200
            shown = await answer.text()
    assert receiver.events[-1].detail == "Yes, on Friday"
    assert receiver.events[-1].kind is EventKind.REPLIED
    assert "Yes, on Friday" in shown
    assert "Webhook answered 20" in shown


async def test_an_empty_answer_is_asked_again(tmp_path: Path) -> None:
    async with receiving(tmp_path) as receiver, rehearsal(tmp_path, receiver) as stage:
        receipt = await stage.sms.send(text())
        url = f"{stage.standin.url}/messages/{receipt.provider_id}/reply"
        async with stage.http.post(url, data={"text": " "}) as answer:
            assert answer.status == 409
            assert "An answer needs words." in await answer.text()


@pytest.mark.parametrize("path", ["/messages/none", "/messages/none/html", "/assets/none"])
async def test_what_is_not_there_is_not_found(tmp_path: Path, path: str) -> None:
    async with rehearsal(tmp_path) as stage:
        assert (await page(stage, path))[0] == 404


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
async def test_another_site_may_neither_look_nor_ask(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with rehearsal(tmp_path) as stage:
        for path in ("/", "/_standin/messages", "/health"):
            assert (await page(stage, path, **headers))[0] == 403
        url = f"{stage.standin.url}/_standin/clock"
        async with stage.http.post(url, json={"at": None}, headers=headers) as answer:
            assert answer.status == 403
