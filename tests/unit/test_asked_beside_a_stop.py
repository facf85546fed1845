"""C09: what is asked beside a wish to stop, in many languages, and what is a reason alone."""

# ruff: noqa: RUF001  # letters that look like others are those of other languages

from contacts.channels.keywords import Asked, classify, wants_an_answer

# One answer a line; a line break inside one is written \n. Each stops the channel that follows it.
ASKS = r"""
email: Do not send me any more. When does my order come?
email: Please unsubscribe me. Also, the last parcel came broken.
email: Take me off your list please and tell me where my order is
email: Please do not write\nto me again. When does\nmy order come?
email: Unsubscribe me. Can somebody call me on Monday
sms: STOP. When does my order come?
sms: STOP. Where is the invoice for the beans that we had in October?
sms: Stop texting me, call me
sms: Bitte keine SMS mehr. Wann kommt meine Bestellung?
sms: Keine SMS mehr, wo bleibt mein Paket
sms: Arrêtez de m'envoyer des sms. Où en est ma commande ?
sms: Arrêtez de m'envoyer des sms, j'ai une question
email: No me escriban más. ¿Cuándo llega mi pedido?
email: Non scrivetemi più. Dove è il mio pacco
email: não me mandem mais mensagens, onde está meu pedido
sms: Stuur me geen sms meer. Waar blijft mijn pakket
email: Не пишите мне больше. Где мой заказ
email: Не пішыце мне больш. Калі прыйдзе мой заказ
email: मुझे मैसेज मत भेजो। मेरा ऑर्डर कब आएगा
sms: message mat karo. mera order kab aayega
email: सन्देश नपठाउनुहोस्। मेरो अर्डर कहिले आउँछ
email: 退订。我的订单什么时候到
email: 退订。今天 几点 到？
email: Please stop emailing me. Delete all my data.
email: Please stop emailing me and send me a copy of all my data
email: Unsubscribe me and delete my account
email: Take us off the list please. We are cancelling our contract
sms: Stop sending me texts and give me my money back
sms: Stop texting me. I want to speak to a manager
sms: STOP. I need a receipt
sms: STOP. the machine does not work
email: Unsubscribe me. You charged me twice
email: Bitte keine Mails mehr. Löschen Sie alle meine Daten.
email: Bitte abmelden. Ich habe eine falsche Rechnung bekommen
email: Ne m'écrivez plus. Je veux parler à un responsable
email: No me escriban más. Me cobraron dos veces
email: Non scrivetemi più. La macchina non funziona
email: Stuur me geen mails meer. Er is te veel afgeschreven
email: não me mandem mais mensagens. Quero falar com alguém
email: Не пишите мне больше. Хочу поговорить с человеком
email: Bitte keine Mails mehr. Wir kündigen hiermit unseren Vertrag.
email: No me escriban más. Borren todos mis datos
email: Ne m'écrivez plus. Supprimez toutes mes données
email: Non scrivetemi più. Cancellate tutti i miei dati
email: Stuur me geen mails meer. Verwijder al mijn gegevens
email: não me mandem mais mensagens. Apaguem todos os meus dados
email: Не пишите мне больше. Удалите все мои данные
email: Не пішыце мне больш. Вярніце грошы
email: मुझे मैसेज मत भेजो। मेरे पैसे वापस करो
email: सन्देश नपठाउनुहोस्। मेरो पैसा फिर्ता गर्नुहोस्
email: 退订。请删除我的个人信息
"""
GIVES_A_REASON = r"""
sms: STOP
sms: Can you stop texting me?
sms: How do I unsubscribe?
email: Could you please stop\nsending me these mails?
sms: take me off, ok?
sms: STOP. I never signed up for this
sms: I moved away, so please stop texting me
sms: STOP Anna
sms: Delete my number
email: Please stop the mails, we have no contract with you
email: Please unsubscribe me. I do not work here any more
email: Take us off the list please. Anna does not work for us
email: Stuur me geen mails meer. Jan werkt niet meer bij ons
email: Не пишите мне больше. Анна у нас не работает
email: Veuillez me retirer de votre base de données
email: Please stop contacting me. I already bought one elsewhere and am happy with it.
email: We have decided to go with another supplier. Please do not contact us again.\nThanks\nAnna
email: Unsubscribe\n\nBest regards,\nAnna Archer\nWhat is brewing? Archer & Co
"""


def test_c09_what_is_asked_beside_a_stop_stops_and_wants_an_answer() -> None:
    assert otherwise(ASKS, wants=True) == []


def test_a_reason_for_the_stop_asks_for_nothing_more() -> None:
    assert otherwise(GIVES_A_REASON, wants=False) == []


def test_a_long_story_beside_a_stop_is_for_a_person_to_read() -> None:
    story = "the grinder hums and hums all day and nobody here knows it " * 3
    assert wants_an_answer(f"Please unsubscribe me. {story}")


def otherwise(table: str, *, wants: bool) -> list[str]:
    """The lines that are not understood as a stop that wants an answer, or that wants none."""
    told = [line.replace("\\n", "\n").partition(": ") for line in table.strip().split("\n")]
    right = (Asked.OPT_OUT, wants)
    return [said for by, _, said in told if (classify(said, by), wants_an_answer(said)) != right]
