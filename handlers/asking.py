"""The one mechanism for asking back: an answer, typed or pressed, fills the slot and brings the intent back."""

from typing import Any

from handlers import filling
from handlers.intents import Answer, ChangeSetting, Choose, Forged, Said, SetOwners, SetUp, Setup, Unclear
from handlers.slots import from_json
from handlers.turn import CANCEL, Turn
from models.check_ins import Response
from models.conversation import OpenQuestion
from models.messages import Delivery, Message
from models.organization import LOCALES
from services import answers, outbox, questions
from services.render import label, plain_line
from services.retention import BLANKED

SETTING_UP = (Setup.name, SetUp.name, ChangeSetting.name, SetOwners.name)


def said(turn: Turn, intent: Said) -> None:
    """Free text answers the newest open question; without one the bot says what it does understand."""
    question = questions.newest(turn.session, turn.person, turn.now) if turn.in_private else None
    if question is None:
        turn.reply("not_understood")
    elif _is_word(intent.text, "cancel"):
        _cancel(turn, question)
    else:
        _answer(turn, question, intent.text)


def aside(turn: Turn, text: str) -> Choose | None:
    """The very words of a button of a message that asked nothing, typed. A bare number answers what is asked, if
    anything is."""
    typed = text.strip().casefold()
    if typed.isdecimal() and questions.newest(turn.session, turn.person, turn.now) is not None:
        return None
    for question in questions.asides(turn.session, turn.person, turn.now):
        for position, option in enumerate(question.options):
            if _is_word(text, option.get("key")) or typed == str(option.get("text")).casefold():
                return Choose(question.id, position)
    return None


def unclear(turn: Turn, intent: Unclear) -> None:
    turn.reply("unclear", candidates=intent.candidates)


def choose(turn: Turn, intent: Choose) -> None:
    """A button of an open question of this very person; anything else is told so and changes nothing."""
    question = questions.by_id(turn.session, turn.person, intent.question_id)
    if question is None or not CANCEL <= intent.choice < len(question.options):
        turn.reply("question_over")
        return
    _show_choice(turn, question, intent.choice)
    if intent.choice == CANCEL:
        _cancel(turn, question)
    else:
        _resume(turn, question, question.options[intent.choice]["value"])


def _answer(turn: Turn, question: OpenQuestion, text: str) -> None:
    option = _option_meant(question, text)
    if option is not None:
        _resume(turn, question, option["value"])
    elif question.takes_text:
        _resume(turn, question, text)
    else:
        turn.tell("choose_again", labels=[turn.label_of(each) for each in question.options])


def _option_meant(question: OpenQuestion, text: str) -> dict[str, Any] | None:
    """Every button has a word in both languages; its position works too."""
    typed = text.strip().casefold()
    by_place = question.intent != Answer.name  # "3" may be the answer itself: services/question_kinds.py reads it
    for position, option in enumerate(question.options, start=1):
        named = _is_word(typed, option.get("key")) or typed == str(option.get("text")).casefold()
        if named or (by_place and typed == str(position)):
            return option
    return None


def is_setting_label(question: OpenQuestion, text: str) -> bool:
    """The very words of a button of `setup`, some of which ("Create", "Digest") are commands elsewhere."""
    typed = text.strip().casefold()
    return question.intent in SETTING_UP and any(
        _is_word(typed, option.get("key")) or typed == str(option.get("text")).casefold() for option in question.options
    )


def _is_word(text: str, key: str | None) -> bool:
    typed = text.strip().casefold()
    return key is not None and typed in {label(locale, key).casefold() for locale in LOCALES}


def _resume(turn: Turn, question: OpenQuestion, value: Any) -> None:
    filled = filling.fill(turn, question, value)
    if filled is None:
        return
    questions.close(turn.session, turn.person, question.topic)
    turn.again(from_json(question.intent, {**question.slots, **filled}))


def _cancel(turn: Turn, question: OpenQuestion) -> None:
    questions.close(turn.session, turn.person, question.topic)
    turn.tell("cancelled")


def _show_choice(turn: Turn, question: OpenQuestion, choice: int) -> None:
    """The pressed message keeps its words and loses its buttons, so that nobody wonders whether it was heard."""
    original = _pressed_message(turn)
    if original is None:
        return
    chosen = label(turn.locale, "cancel") if choice == CANCEL else turn.label_of(question.options[choice])
    if choice != CANCEL and _is_anonymous(turn, question):
        chosen = ""
    markup = f"{original.message['markup']}\n{plain_line('✓ ' + chosen)}"
    key, code = f"chosen:{question.id}:{original.id}", turn.incoming.card_code
    outbox.edit(turn.session, turn.now, original, Message(markup=markup), key, ticket=code)


def _is_anonymous(turn: Turn, question: OpenQuestion) -> bool:
    """Nothing the bot writes repeats an answer to it."""
    if question.intent != Answer.name:
        return False
    response = turn.session.get_one(Response, question.slots["response_id"])
    return answers.round_of(turn.session, response).anonymous


def _pressed_message(turn: Turn) -> Delivery | None:
    incoming = turn.incoming
    if incoming.message_id is None:
        return None
    pressed = outbox.by_external_id(turn.session, incoming.platform, incoming.message_id)
    return pressed if pressed is not None and pressed.error != BLANKED else None


def forged(turn: Turn, _intent: Forged) -> None:
    turn.reply("question_over")
