"""
The waits and limits of the check of an outage. Times are in seconds.
"""

from __future__ import annotations

from typing import Final

#: Seconds after the last attempt at which the handler catches up.
OUTAGE_MARGIN: Final = 60
#: Seconds for the check after the time of the run is over.
OUTAGE_SECONDS: Final = 15.0
#: How long a poll of the handler is waited for, where it has made none and names none in its code.
POLL_PATIENCE: Final = 3.0
#: The same in a quick run.
POLL_PATIENCE_IF_QUICK: Final = 2.0
#: The same where its code names the call.
USUAL_POLL_PATIENCE: Final = 15.0
#: The same where it has polled before, or the time of the run is not limited.
LONGEST_POLL: Final = 65.0
#: Pause between two looks.
POLL_PAUSE: Final = 0.05
#: How long a handler is waited for that goes on in the background, and between two looks at it.
SETTLED_PATIENCE: Final = 6.0
SETTLED_PAUSE: Final = 0.3
#: Looks in a row that have to find no change.
SETTLED_LOOKS: Final = 2
#: Calls for each accepted delivery below which the handler makes them by itself.
FEW_LISTS: Final = 0.5
#: The longest page of a list that is filled, and the seconds that this may take.
LONGEST_PAGE: Final = 500
PAGE_SECONDS: Final = 5.0
