"""The WeCom AI bot over its long connection: no public URL is needed."""
