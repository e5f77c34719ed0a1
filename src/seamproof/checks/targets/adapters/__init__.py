"""
One target for each kind of handler: ASGI, WSGI, function, AWS Lambda, URL.
"""
