"""What the app asks Slack for: the same list on the authorize page, in the manifest and in what `doctor` compares."""

SCOPES = {
    "app_mentions:read": "mentions of the bot in channels do not arrive",
    "channels:history": "replies in public channels do not arrive, and a doubtful send cannot be looked up there",
    "channels:read": "nobody hears that a public channel was archived, or that the bot was taken out of it",
    "chat:write": "nothing can be sent",
    "commands": "/loop and the shortcuts do not arrive",
    "files:write": "pictures cannot be sent",
    "groups:history": "replies in private channels do not arrive, and a doubtful send cannot be looked up there",
    "groups:read": "nobody hears that a private channel was archived, or that the bot was taken out of it",
    "im:history": "what people write to the bot does not arrive",
    "im:write": "no private chat can be opened",
    "reactions:read": "thanks by a reaction do not arrive",
    "users:read": "name, time zone and language of people are not known, nor who left",
}
"""Scope -> what does not work without it."""
