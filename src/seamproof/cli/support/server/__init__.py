"""
What the commands about mock servers share: a client, and the output of `serve`.
"""
