"""
Migrations: the schema of the database, and the steps from older versions.
"""

from __future__ import annotations

from typing import Final

#: `PRAGMA application_id` of seamproof's databases ("seam" in ASCII).
APPLICATION_ID: Final = 0x7365616D

#: The scripts from each version of the schema to the next. Released ones never change, which is
#: why deliveries are in a table `sendings`.
MIGRATIONS: Final = (
    """
    CREATE TABLE endpoints (
        number INTEGER PRIMARY KEY,
        webhook_id TEXT NOT NULL UNIQUE,
        document TEXT NOT NULL
    );
    CREATE TABLE messages (
        number INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        event_id TEXT NOT NULL,
        event_type TEXT NOT NULL,
        body BLOB NOT NULL,
        created_at REAL NOT NULL,
        listed_at REAL NOT NULL,
        faults TEXT NOT NULL
    );
    CREATE INDEX messages_listed ON messages (listed_at);
    CREATE INDEX messages_event ON messages (event_id);
    CREATE TABLE sendings (
        number INTEGER PRIMARY KEY,
        message INTEGER NOT NULL,
        endpoint INTEGER NOT NULL,
        kind TEXT NOT NULL,
        counts INTEGER NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at REAL,
        faults TEXT NOT NULL
    );
    CREATE INDEX sendings_message ON sendings (message);
    CREATE INDEX sendings_due ON sendings (endpoint, due_at, number) WHERE state = 'pending';
    CREATE INDEX sendings_undelivered ON sendings (state, message) WHERE state <> 'delivered';
    CREATE TABLE attempts (
        number INTEGER PRIMARY KEY,
        message INTEGER NOT NULL,
        endpoint INTEGER NOT NULL,
        url TEXT NOT NULL,
        kind TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        at REAL NOT NULL,
        request_headers TEXT NOT NULL,
        request_body BLOB,
        status INTEGER,
        response_headers TEXT NOT NULL,
        response_body BLOB NOT NULL,
        milliseconds REAL NOT NULL,
        reason TEXT NOT NULL,
        fault TEXT NOT NULL,
        next_at REAL
    );
    CREATE INDEX attempts_message ON attempts (message);
    """,
    """
    CREATE TABLE manual_clock (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        now REAL NOT NULL
    );
    """,
    """
    CREATE TABLE records (
        kind TEXT NOT NULL,
        record_id TEXT NOT NULL,
        number INTEGER NOT NULL,
        document TEXT NOT NULL,
        links TEXT NOT NULL,
        PRIMARY KEY (kind, record_id)
    );
    CREATE TABLE effects (
        number INTEGER PRIMARY KEY,
        effect TEXT NOT NULL
    );
    """,
)
