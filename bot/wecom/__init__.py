"""WeCom self-built app: encrypted callback -> Incoming, Delivery -> message/send, and the connection between them."""
