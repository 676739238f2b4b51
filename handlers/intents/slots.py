"""A slot whose metadata says `chat` exists only inside a conversation: an id behind a button, a choice already made."""

IN_CHAT_ONLY = {"chat": True}
