"""The delivery as one instruction in English: the feeling, then each parameter that is still to be said."""

from __future__ import annotations

from voxaffect_instruct.account import Account, Request
from voxaffect_instruct.emotion_words import EMOTION_WORDS, feeling
from voxaffect_instruct.prosody_words import listed, prosody_phrases

TOO_LITTLE = "too little to be put into words"


def instruction(request: Request, account: Account) -> str:
    """One sentence, such as "Speak in a very sad voice, heavy and downcast: slower and quieter".

    What it says is taken off the account, as an approximation: words have no numbers.
    """
    phrases = prosody_phrases(account.left)
    account.worded(phrases)
    account.leave_the_rest(TOO_LITTLE)
    how = listed(list(phrases.values()))
    if request.emotion is None or not request.intensity:
        return f"Speak {how} than usual." if how else "Speak in your usual voice."
    _, manner = EMOTION_WORDS[request.emotion]
    said = feeling(request.emotion, request.intensity)
    account.told(said)
    article = "an" if said[0] in "aeiou" else "a"
    return f"Speak in {article} {said} voice, {manner}" + (f": {how}." if how else ".")


def description(request: Request, account: Account, *, limit: int | None = None) -> str:
    """The same as keywords, for short fields: "very sad, slower, quieter".

    Args:
        limit: characters; phrases that would exceed it stay on the account.
    """
    said = feeling(request.emotion, request.intensity) if request.emotion and request.intensity else ""
    account.told(said)
    for name, phrase in prosody_phrases(account.left).items():
        longer = f"{said}, {phrase}" if said else phrase
        if limit is None or len(longer) <= limit:
            said = longer
            account.worded({name: phrase})
        else:
            account.leave(name, f"no room for it in {limit} characters")
    account.leave_the_rest(TOO_LITTLE)
    return said or "usual voice"
