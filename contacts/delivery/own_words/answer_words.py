"""The words of our answers to STOP, START and HELP, by language: who writes, what holds, no more.

No offer and no link: a confirmation that advertises would be one more advertisement.
"""

from contacts.record.consent.sms_answers import About
from contacts.settings import Settings

_WORDS = {
    "en": (
        "{sender}: you will get no more SMS from us. Reply START to get them again.",
        "{sender}: you will get SMS from us again. Reply STOP to end them, HELP for help.",
        "{sender}: for help write to {contact}. Reply STOP to end our SMS.",
    ),
    "de": (
        "{sender}: Sie bekommen keine SMS mehr von uns. Mit START bekommen Sie sie wieder.",
        "{sender}: Sie bekommen wieder SMS von uns. STOP beendet sie, HILFE hilft weiter.",
        "{sender}: Hilfe unter {contact}. STOP beendet unsere SMS.",
    ),
    "es": (
        "{sender}: no recibirá más SMS nuestros. Responda START para recibirlos de nuevo.",
        "{sender}: volverá a recibir nuestros SMS. Responda STOP para terminar, AYUDA para ayuda.",
        "{sender}: para ayuda escriba a {contact}. Responda STOP para no recibir más SMS.",
    ),
    "fr": (
        "{sender} : vous ne recevrez plus de SMS de notre part. Répondez START pour en recevoir.",
        "{sender} : vous recevrez de nouveau nos SMS. STOP pour arrêter, AIDE pour de l'aide.",
        "{sender} : pour de l'aide, écrivez à {contact}. Répondez STOP pour ne plus en recevoir.",
    ),
    "pt": (
        "{sender}: não receberá mais SMS nossos. Responda START para voltar a receber.",
        "{sender}: voltará a receber os nossos SMS. STOP para terminar, AJUDA para ajuda.",
        "{sender}: para ajuda escreva a {contact}. Responda STOP para não receber mais SMS.",
    ),
    "it": (
        "{sender}: non riceverà più SMS da noi. Risponda START per riceverli di nuovo.",
        "{sender}: riceverà di nuovo i nostri SMS. STOP per terminare, AIUTO per aiuto.",
        "{sender}: per aiuto scriva a {contact}. Risponda STOP per non ricevere più SMS.",
    ),
    "nl": (
        "{sender}: u krijgt geen sms meer van ons. Antwoord START om ze weer te krijgen.",
        "{sender}: u krijgt weer sms van ons. STOP om te stoppen, HULP voor hulp.",
        "{sender}: voor hulp schrijf naar {contact}. Antwoord STOP om te stoppen.",
    ),
    "hi": (
        "{sender}: अब हम आपको SMS नहीं भेजेंगे। फिर से पाने के लिए START लिखें।",
        "{sender}: अब आपको हमारे SMS फिर से मिलेंगे। रोकने के लिए STOP लिखें।",
        "{sender}: मदद के लिए {contact} पर लिखें। SMS रोकने के लिए STOP लिखें।",
    ),
    "ne": (
        "{sender}: अब हामी तपाईंलाई SMS पठाउँदैनौँ। फेरि पाउन START लेख्नुहोस्।",
        "{sender}: अब तपाईंले हाम्रा SMS फेरि पाउनुहुन्छ। रोक्न STOP लेख्नुहोस्।",
        "{sender}: मद्दतका लागि {contact} मा लेख्नुहोस्। SMS रोक्न STOP लेख्नुहोस्।",
    ),
    "be": (
        "{sender}: вы больш не атрымаеце ад нас SMS. START верне SMS.",
        "{sender}: вы зноў будзеце атрымліваць нашы SMS. STOP спыніць SMS.",
        "{sender}: па дапамогу пішыце на {contact}. Адказ STOP спыніць SMS.",
    ),
    "ru": (
        "{sender}: вы больше не получите от нас SMS. Чтобы получать снова, ответьте START.",
        "{sender}: вы снова будете получать наши SMS. Чтобы прекратить, ответьте STOP.",
        "{sender}: за помощью пишите на {contact}. Чтобы прекратить SMS, ответьте STOP.",
    ),
}
_ORDER = (About.STOP, About.START, About.HELP)


def answer_words(about: About, locale: str, settings: Settings) -> str:
    """The answer in the customer's language, else in the workspace's, else in English."""
    wanted = (locale, settings.default_locale, "en")
    languages = (one.replace("_", "-").partition("-")[0].lower() for one in wanted)
    words = next(_WORDS[language] for language in languages if language in _WORDS)
    return words[_ORDER.index(about)].format(
        sender=settings.sender_name or settings.business_name, contact=settings.sender_email
    )
