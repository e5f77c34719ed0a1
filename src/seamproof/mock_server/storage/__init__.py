"""
Storage: the SQLite database, its migrations, writes and reads.
"""
