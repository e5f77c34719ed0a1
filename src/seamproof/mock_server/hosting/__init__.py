"""
Hosting: the mock server as a process, in a thread, and embedded in a test.
"""
