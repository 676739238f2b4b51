"""Floor 2, the conversation: one Intent in, replies out. Knows no platform, no clock, no network."""
