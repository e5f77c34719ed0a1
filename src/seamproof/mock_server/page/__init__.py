"""
The page of the mock server: plain HTML, CSS and JavaScript modules, served as they are.

They talk to `/mock` and its stream alone. Nothing in them is secret, so they need no API key; the
page asks for it.
"""
