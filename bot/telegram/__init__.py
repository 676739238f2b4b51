"""Telegram: raw update -> Incoming, Delivery -> Bot API call, and the connection (webhook or polling)."""
