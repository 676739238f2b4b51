"""Floor 1, the verbs: plain functions (session, …, now). No platform, no HTTP, no clock, no commit."""
