"""C09: what customers answer in their own words, and what it is taken for, in many languages."""

# ruff: noqa: RUF001  # letters that look like others are what is tested

import pytest

from contacts.channels.keywords import Asked, classify

# One answer a line; a line break inside one is written \n. Each acts at once.
STOP = r"""
STOP
stop
Stop.
STOP!!!
STOP please
please stop
Pls stop thx
stop now
STOP NOW PLEASE
Stop it
stop msg
STOP MSGS
stop. Anna
Stop, Anna
STOP - Anna Archer
STOP\nAnna Archer
STOP Anna
Stop.\n\nBest regards,\nAnna Archer\nHead of Purchasing, Archer & Co, 12 Mill Lane
STOP\nSTOP\nSTOP
stop stop stop!!!
ok stop
No, stop.
"STOP"
'stop'
«стоп»
(STOP)
*STOP*
#STOP
STOP.
S T O P
S.T.O.P.
s-t-o-p
st0p
5TOP
$TOP
STOOOOP
stopppp
stopp
sotp
STPO
ЅТОР
STОP
ＳＴＯＰ
𝐒𝐓𝐎𝐏
ꜱᴛᴏᴘ
S̶T̶O̶P̶
ⓢⓣⓞⓟ
STOP🛑
STOPALL
stop all
END
End.
END THIS
end this now
QUIT
cancel
Cancel.
CANCEL\nAnna
revoke
remove me
TD
OPT OUT
opt-out
Optout
opt me out please
unsubscribe
UNSUBSCRIBE.
unsuscribe
unsubcribe
Unsubsribe
unscribe
unsubscribe me
Please unsubscribe me from this list.
Hi Olive, please unsubscribe me. Thanks, Anna
How do I unsubscribe?
can you please unsubscribe me?
I would like to unsubscribe
please do not write to me again
Please do not write\nto me again.
do not contact me again
Don't text me
DONT TEXT ME
don’t message me anymore
never contact me again
Do not send me any more messages
don't bother me
Please don't bother me again
stop texting me
Stop texting me please!!
Can you stop texting me?
could you please stop sending me these messages?
I want you to stop texting me
Thanks, but please stop texting me.
I moved away, so please stop texting me
I told you to stop texting me
i no longer want to receive these messages
I do not want any more texts from you
I don't want to hear from you again
no more messages
no more texts please
No more
no mas
take me off your list
remove me from your list
Please remove my number from your database
delete my number
leave me alone
Please leave me alone!
go away
lose my number
Wrong number
wrong number, stop
Sorry, you have the wrong number
I got 5 messages today. STOP.
STOP. I never signed up for this
I revoke my consent
I withdraw my consent to these messages
Stop these messages
do not disturb me
baja
Darme de baja
Dar de baja por favor
no más
no me escriban más
No me envíen más mensajes
No me manden mas mensajes por favor
deje de escribirme
quiero darme de baja
número equivocado
déjenme en paz
No quiero recibir más mensajes
arrêtez
ARRET
Arrêtez s'il vous plaît
Désabonnez-moi
désabonner
Merci de ne plus me contacter
ne m'écrivez plus
N'envoyez plus de messages
je ne veux plus recevoir de sms
Veuillez me désinscrire de votre liste
arrêtez de m'envoyer des sms
mauvais numéro
Abmelden
bitte abmelden
Bitte melden Sie mich ab
keine SMS mehr
Keine weiteren Nachrichten bitte
Schreiben Sie mir bitte nicht mehr
Bitte schicken Sie mir keine Nachrichten mehr
Hören Sie auf
hör auf mir zu schreiben
Lassen Sie mich in Ruhe
Falsche Nummer
Ich möchte keine SMS mehr
sair
PARAR
Pare de me mandar mensagens
não me mandem mais mensagens
Não quero mais receber mensagens
número errado
Basta
non scrivetemi più
Non mi scrivete più
smettete di mandarmi messaggi
cancellatemi dalla lista
Numero sbagliato
afmelden
Stoppen
geen berichten meer
Stuur me geen sms meer
laat me met rust
verkeerd nummer
बंद करो
बन्द करें
बंद कर दो
विराम
रोको
मत भेजो
मुझे मैसेज मत भेजो
कृपया संदेश न भेजें
गलत नंबर
band karo
please band karo
Msg mat bhejo
mujhe message mat karo
message bhejna band karo
pareshan mat karo
galat number hai
रोकिनुहोस्
रोक्नुहोस्
बन्द गर्नुहोस्
सन्देश नपठाउनुहोस्
कृपया बन्द गर्नुहोस्
banda garnuhos
message napathaunuhos
गलत नम्बर
стоп
СТОП!!!
cтoп
Отписаться
отпишите меня
Отпишите меня от рассылки, пожалуйста
отписатся
не беспокоить
не беспокойте меня
Не пишите мне больше
Больше не пишите
Хватит
Перестаньте мне писать
удалите мой номер из базы
Вы ошиблись номером
не хочу получать ваши сообщения
Не присылайте мне больше смс
спыніце
Адпішыце мяне
Не пішыце мне больш
не турбуйце
Памыліліся нумарам
退订
un-subscribe
Please cancel
F*** off
Unsubscribe me from texts
STOP 🙏
stop!!please!!
Please stop contacting me. I already bought one elsewhere and am happy with it.
STOP sending me messages or I will call my lawyer
STOP. When does my order come?
Where is my delivery? STOP.
Stop texting me, e-mail me instead
STOP. E-mail me
Dear team,\nI never asked for this. Please remove me from your list.\n\nRegards\nA. Archer
Hi,\nwe have decided to go with another supplier. Please do not contact us again.\nThanks\nAnna
"""
# Each may mean it: the cadence waits, and a person reads it.
UNCLEAR = r"""
Stop?
don't stop
Please don't stop
Don't stop, I love these!
stop by tomorrow?
Stop by the office tomorrow?
I'll stop by on Friday
Anna stops by on Monday
I can't stop using it, great product!
The machine stopped working
Will the noise ever stop?
Stop! You are too kind
Stop it lol
STOP just kidding
Stop for now
stop until January
Stop texting me until Monday
Please stop texting me before nine
when does the offer end
Does the trial end on Friday?
cancel my order
Can you cancel my order?
Cancel my subscription
Cancel. Tuesday
I need to cancel Friday's appointment
Do I need to cancel?
I quit my job last week, congratulate me
How long until I can quit?
Not interested
I'm not interested
not interested in the decaf
Sorry, no longer interested
Please do not unsubscribe me
Did I unsubscribe by mistake?
Is this spam?
I will report you
You keep sending me spam
I never signed up for this
I didn't ask for this
How did you get my number?
Who gave you my number?
This is not my number any more
Too many messages
That's enough
enough of this
Please don't text me on weekends
Don't text me at work, evenings are fine
don't call me
Please never ring before ten
I got rid of the grinder, please remove me as a contact for it
You can delete my data
Leave me alone until Easter
I don't want emails about tea
Pause the messages for a month please
Why do you keep texting, stop or not?
unsubscribing is hard
stopp? warum
I am fed up
What does the lawyer say?
The wrong person signed, can we fix it?
Reply STOP to opt out
🛑
No me interesa
No me llamen
¿Cómo puedo cancelar el pedido?
No me escriban hasta el lunes
Je ne suis pas intéressé
Pouvez-vous annuler la commande ?
Ne m'appelez pas
Kein Interesse
Bitte nicht mehr anrufen und auch nicht mehr schreiben bis Montag
Können Sie die Bestellung stornieren?
Wo kann ich kündigen?
Não tenho interesse
Non mi interessa
Geen interesse
रुचि नहीं है
मुझे ये नहीं चाहिए
mujhe nahi chahiye
मलाई चाहिँदैन
Мне не интересно
Почему стоп?
Не звоните мне
Откажусь от заказа
Мне не цікава
Stop, drop and roll
STOP SMOKING
Stop please, and what does the new machine cost?
Delete my data and stop
Stop worrying, it arrived
Quit worrying about it
cancel it
Cancel that, I meant Tuesday
STOP!!! you are killing me 😂
stop lol
stop asking me that
Stop calling me
Stop e-mailing me
Text me when it arrives, don't email
Don't email me, text me
unsubscribe from all emails
no emails please
Could you pause my messages for two weeks?
My son used my phone and typed STOP by mistake
I sent STOP by mistake, please start again
STOP2
STOPTHIS
pleasestop
fuck you
shut up
I no longer work here
Anna is no longer with the company
My wife died last week
ya no
Arrêt maladie jusqu'à lundi
Ruf mich nicht an
Ich kündige
пока не пишите
Мне не надо
Кофе хватит до пятницы
बस
रुको
Kindly unsubscribe my colleague Anna
Please take me off the Tuesday delivery and put me on Thursday.
Please stop sending the invoice to accounting, send it to me.
I would like to end my contract in March.
Olive, don't send me the invoice again, I have it already.
remove my address from the order form
no more messages until monday please
"""
# Ordinary answers, many of which hold letters of a word of stopping.
ORDINARY = r"""
Thanks!
Thank you so much
👍
❤️
ok
No
no thanks
Yes please, call me
Sounds good
See you on Monday
shop
I went to your shop
The shop was closed
step by step it works
The top shelf please
I will be there by the end of the week
At the end of the month
The end date is fine
It ended up great
The weekend works for me
Which friend sent you?
Send me the invoice
Please send it again
Can you text me the address?
Please call me back
Don't worry about it
Don't forget the filters
Do not send the blue one
I do not like the new blend
Remove the decaf from my order please
noise cancelling headphones
The bus stop is opposite
My stopwatch broke
We need two more bags
No problem
no more than two bags
We have enough coffee
Is one kilo enough?
Wrong colour, can I change it?
The number is wrong on the invoice
Help me with the grinder
I need help with my invoice
Information about the blend please
What is the price?
It does not start any more
When do we start?
Yes, Tuesday at ten
Liked “Reply STOP to opt out”
Loved "Bean & Co: your order is here. Reply STOP to opt out."
👍 to “Reply STOP to opt out”
cancer research
output
anmelden
Subscribe me to the blog as well? Thanks, I have it
La temperatura es más baja
Gracias
Para mañana está bien
Quiero más café
Merci beaucoup
Il ne reste plus de café
sans arrêt depuis hier ? Non, ça va
Vielen Dank
Bis Ende der Woche
Mehr davon bitte
Obrigado, mais um quilo
Grazie mille
Bedankt
धन्यवाद
ठीक है
कल बात करते हैं
theek hai
kal aana
ठिक छ
Спасибо
Хорошо, завтра
Пишите в любое время
У меня нет времени сегодня
Дзякуй
1
10:30
End of story
In the end we chose the blue one
It took two hours, end to end
We go away on Friday
remove sugar
Fine, thanks
Fin de semana
Maybe later
Not now
who is this?
I've moved
🙄
?
email me instead
Aus Berlin
Ende gut, alles gut
Hört sich gut an
Schreiben Sie mir bitte morgen
Nein danke
No me gusta
Je m'arrête chez vous demain
Je suis à l'arrêt de bus
Alto Adige sounds good
Chega amanhã
sair de férias
दुकान बंद है
dukan band hai
Нет
Our office is closed on Monday. No need to call.\n\nAnna
We do not want any more of the dark roast.
"""
START = r"""
START
start
Start please
UNSTOP
unstop.
Yes
YES!
resubscribe
opt in
iniciar
старт
शुरू
सुरु
"""
HELP = r"""
HELP
help!
Help please
INFO
info?
ayuda
aide
Hilfe
ajuda
aiuto
помощь
дапамога
मदद
madad
मद्दत
"""


def lines(table: str) -> list[str]:
    return [line.replace("\\n", "\n") for line in table.strip().split("\n")]


@pytest.mark.parametrize(
    ("table", "asked"),
    [
        (STOP, Asked.OPT_OUT),
        (UNCLEAR, Asked.REVIEW),
        (ORDINARY, Asked.NONE),
        (START, Asked.OPT_IN),
        (HELP, Asked.HELP),
    ],
    ids=lambda value: value if isinstance(value, Asked) else "",
)
def test_c09_an_answer_is_taken_for_what_it_asks(table: str, asked: Asked) -> None:
    understood = {text: classify(text) for text in lines(table)}
    assert {text: found for text, found in understood.items() if found is not asked} == {}
