"""WeCom group robots: a team's posts go out by a webhook; nothing comes in."""
