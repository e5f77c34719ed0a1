"""
Reads the ledger of a handler before a run, and after it until it no longer changes.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from seamproof.errors import UsageError
from seamproof.load.accounting.account import Account
from seamproof.load.accounting.ledger import read_ledger, tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seamproof.load.accounting.account import WorkerRecord
    from seamproof.load.accounting.ledger import Processed
    from seamproof.load.messages.ids import RunIds
    from seamproof.load.run.conductor import Conductor
    from seamproof.load.run.options import LoadOptions

_POLL: Final = 0.5


class LedgerReader:
    """
    The ledger of a run, if it has one.

    Args:
        options: Of the run.
        ids: Of its messages.

    Raises:
        UsageError: The ledger has no shape that is read, or has messages of this run already.
        TargetUnreachable: It does not answer.
    """

    def __init__(self, options: LoadOptions, ids: RunIds) -> None:
        self._options = options
        self._ids = ids
        self._total = 0
        if not options.ledger:
            return
        before = tally(self._read(), ids, dict.fromkeys(range(1 << 12), 1))
        self._total = before.total or 0
        if any(any(row) for row in before.by_worker.values()):
            what = "the ledger already has messages of this seed"
            cure = "give another --seed, or empty the ledger"
            raise UsageError(what, where=options.ledger, found=options.seed, cure=cure)

    def account(self, conductor: Conductor) -> Account:
        """
        Compare what the workers recorded with the ledger, once it is final.
        """
        records = conductor.records
        if not self._options.ledger:
            return Account.of(records, self._ids)
        account = Account.of(records, self._ids, self._processed(records))
        changed = time.monotonic()
        while account.lost and time.monotonic() - changed < self._options.settle:
            # A handler may process a message after it has acknowledged it.
            time.sleep(_POLL)
            again = Account.of(records, self._ids, self._processed(records))
            if again.lost != account.lost:
                changed = time.monotonic()
            account = again
        return account

    def _processed(self, records: Mapping[int, WorkerRecord]) -> Processed:
        sizes = {worker: record.size for worker, record in records.items()}
        processed = tally(self._read(), self._ids, sizes)
        if processed.total is not None:
            processed.total = max(processed.total - self._total, 0)
        return processed

    def _read(self) -> object:
        return read_ledger(self._options.ledger, allow_remote=self._options.allow_remote)
