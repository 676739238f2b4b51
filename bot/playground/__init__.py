"""The playground: a browser chat that is the bot's own platform, for trying things out on one machine."""
