"""
The waits, repetitions and thresholds of a run: one table, so that they are tuned in one place.

Times are in seconds unless the comment names another unit.
"""

from __future__ import annotations

from typing import Final

# Sending (`probe.probe`)

#: Age of the first delivery of a message that is delivered again: the first retry of Svix comes
#: after 5 s.
RETRY_AGE: Final = 6
#: How long the requests of one event type may take in all, where each takes long; the type is not
#: sent any more then.
EVENT_TYPE_BUDGET: Final = 20.0
#: Mean response time above which the requests of a type take long. A busy machine, or a server
#: that starts anew now and then, stays below.
LONG_RESPONSE: Final = 1.0
#: Response time above which events that do not depend on each other are delivered at once.
OVERLAP_RESPONSE: Final = 0.002
#: Response time above which a quick pass sends less of what depends on no event type.
BRIEF_RESPONSE: Final = 0.005
#: How many of them are under way at a time.
MAX_AT_ONCE: Final = 16
#: Share of the time that they would take one by one above which they are not delivered at once.
OVERLAP_GAIN: Final = 0.7
#: Batches in a row that have to take longer: a machine may be busy for a moment.
TRIED_OVERLAPS: Final = 3
#: How many events are made before they are delivered.
BATCH_SIZE: Final = 32
#: Response times of which the median counts.
MEASURED_RESPONSES: Final = 9
#: Requests in a row without a response after which the handler is given up.
MAX_UNANSWERED: Final = 10

# Pacing (`probe.sending.pacing`)

#: Pauses before a request that was answered 429 is sent again, unless Retry-After asks for longer
#: ones.
LIMIT_PAUSES: Final = (0.1, 0.3, 0.6, 1.0, 2.0)
#: Longest Retry-After that is waited for where the time of the run is not limited.
LONGEST_LIMIT_PAUSE: Final = 120.0
#: A pause that is made even if the run has less time left: then its time is up.
SHORT_LIMIT_PAUSE: Final = 10.0
#: Requests that were refused with 429 or 503 although plain ones were accepted, after which no
#: pause is made for another one.
TRIED_REFUSALS: Final = 3
#: Rejections in a row after which a control is sent again, although the handler has rejected such
#: deliveries for what they are.
REJECTIONS_IN_A_ROW: Final = 3
#: Controls of one check without a response after which the handler is given up.
MAX_UNANSWERED_CONTROLS: Final = 2
#: Rejections of different kinds that a check repeats after its control.
REPEATED_REJECTIONS: Final = 3
#: A request that has waited longer is signed again before it is sent.
SIGNED_AGAIN_AFTER: Final = 5.0

# Preflight (`probe.preflight`)

#: Event types that are sent in Seam's encoding.
PREFLIGHT_TYPES: Final = 8
#: Event types that are sent in each other encoding.
PREFLIGHT_TYPES_PER_ENCODING: Final = 2
#: How long further event types are tried.
PREFLIGHT_PATIENCE: Final = 3.0
#: How long a refused handler is tried with other ways to sign, and with other event types.
TRIAL_PATIENCE: Final = 5.0
#: Response time above which the run ends: it would take too long.
TOO_SLOW_RESPONSE: Final = 5.0

# Reading the state (`state.sources`)

#: Timeout of a request to the URL of `--state` or `--break`.
SOURCE_TIMEOUT: Final = 20.0
#: Bytes that such an answer has at most.
SOURCE_MAX_BYTES: Final = 64_000_000
#: Pause between two readings that have to be equal before the state counts as settled.
SETTLE_PAUSE: Final = 0.005
#: The same pause after the state was seen to change late: a worker may pause between two writes.
SETTLE_PAUSE_WITH_WORKER: Final = 0.05
#: Readings after which a state that has not settled is known to have a worker.
SETTLE_READINGS: Final = 2
#: How long the first reading waits for the state to settle; a clock in the state never settles.
SETTLE_PATIENCE: Final = 0.5
#: The same wait once the state has settled before: only a backlog of work keeps it from settling.
SETTLE_PATIENCE_WITH_WORKER: Final = 10.0

# Timestamps in the state (`state.timestamps`)

#: How long before the first reading a timestamp still counts as made by the delivery; the clock
#: of another machine may be slow.
NOW_BEFORE: Final = 2.0
#: How long after the last reading it does.
NOW_AFTER: Final = 1.0
#: How far the timestamp that a delivery was signed with may lie from the readings.
NOW_SIGNED: Final = 60
#: How far in the future a timestamp may be relative to now, such as a time to live: ten years.
EXPIRY_HORIZON: Final = 10 * 366 * 24 * 3600

# The diff of two states (`state.diff`)

#: Consecutive numbers at the end of a list that make its items numbered, rather than valued.
NUMBERED_ITEMS: Final = 4
#: Decimal places to which the change of a number is rounded, against errors of floating point.
CHANGE_DECIMALS: Final = 6

# Observing the state (`state.observer`)

#: How long a snapshot is reused while nothing is sent.
SNAPSHOT_MAX_AGE: Final = 1.0
#: A reading with its lag that takes longer is too slow for one after each event.
SLOW_READING: Final = 0.02
#: A reading that takes longer allows only a few of them in a run.
VERY_SLOW_READING: Final = 0.5
#: Longest wait for a worker before a reading, however many deliveries are in its queue.
LONGEST_LAG: Final = 40.0
#: How long effects that come late may be waited for on top of the time of a run, and of a quick
#: one. Where they come very late, no check waits for longer.
LATE_BUDGET: Final = 90.0
LATE_BUDGET_IF_QUICK: Final = 60.0
#: How long an expected change that is late is waited for.
LATE_CHANGE_PATIENCE: Final = 2.0
#: The same after a failure of the dependency: a worker pauses before it tries again.
LATE_CHANGE_PATIENCE_AFTER_FAILURE: Final = 10.0

# Calibration (`state.calibration`)

#: How long the state has to stay unchanged after the deliveries until nothing more is expected.
QUIET_PERIOD: Final = 0.3
#: The same for a worker that writes once a second.
LONG_QUIET_PERIOD: Final = 1.3
#: Factor between the longest pause of a worker that was seen and the lag that is allowed for.
LAG_MARGIN: Final = 2.5
#: Least lag that is allowed for, where changes come late at all.
SHORTEST_LAG: Final = 0.15
#: Pause between two readings while a worker is watched.
WATCH_PAUSE: Final = 0.01
#: A first reading that takes so much longer than an idle one has waited for a worker.
WAITED_READING: Final = 0.1
#: How long a worker is watched before its backlog counts as endless.
BACKLOG_PATIENCE: Final = 40.0
#: How long the first change of any event is waited for.
FIRST_CHANGE_PATIENCE: Final = 12.0
#: The same where no thread, task or child process of this process works for the handler.
FIRST_CHANGE_PATIENCE_IF_ALONE: Final = 2.0
#: How long a second change is waited for, of a handler whose first one comes at once.
SECOND_EFFECT_PATIENCE: Final = 5.5
#: How long a thread, task or timer of the handler that is at work on a duplicate is waited for.
WORK_PATIENCE: Final = 6.0
#: How long after a duplicate the state is looked at again at the end of a run, at least.
SECOND_LOOK: Final = SECOND_EFFECT_PATIENCE
#: The same in a quick run.
SECOND_LOOK_IF_QUICK: Final = 2.0
#: How long a second effect that was seen then is waited for when the message is sent again.
SECOND_LOOK_PATIENCE: Final = 8.0
#: Pause between two looks meanwhile, and least pause before the last one.
SECOND_LOOK_PAUSE: Final = 0.05
SECOND_LOOK_MARGIN: Final = 0.5
#: Snapshots that show a quick run which of the other types change the state.
QUICK_SNAPSHOTS: Final = 4
#: Event types with other effects that a check of a quick run sends besides one of each resource.
QUICK_KINDS: Final = 12
#: Event types that are observed again if there is one.
SECOND_EFFECT_TYPES: Final = 2
#: A lag that is measured several times.
LATE: Final = 0.25
#: A measurement that takes longer comes on top of the time budget of the run.
LONG_MEASUREMENT: Final = 1.0
#: Snapshots that show which event types change the state, where each of them waits so long.
LATE_SNAPSHOTS: Final = 8
#: How often such a lag is measured.
LAG_SAMPLES: Final = 2
#: Factor between the longest lag that was measured several times and the one that is waited for.
LATE_MARGIN: Final = 1.2
#: Factor between the shortest and the longest lag from which on they count as irregular.
IRREGULAR_LAGS: Final = 1.5
#: Changes one after the other that show a worker which processes a queue one by one.
STEPS_OF_QUEUE: Final = 3
#: Pause between two readings of an idle handler: a clock with tenths of a second has advanced.
IDLE_PAUSE: Final = 0.12
#: How often the same paths have to change in an idle handler to count as noise.
NOISE_REPETITIONS: Final = 5
#: How long an idle handler is watched for noise.
NOISE_PATIENCE: Final = 2.0
#: Event types that are enough where observing each of them takes long.
FEW_CALIBRATED_TYPES: Final = 3
#: The same in a quick pass at a handler that takes long to answer.
CALIBRATED_TYPES_IF_BRIEF: Final = 8

# Reference deliveries (`state.reference`)

#: How many further deliveries may be compared until two equivalent ones change the same, and how
#: often an experiment may be repeated because its reference has changed.
REFERENCE_REPETITIONS: Final = 3

# Idempotency (`battery.delivery.idempotency`)

#: Identical copies of a delivery that are sent at once.
CONCURRENT_COPIES: Final = 10
#: How often they are sent for each event type; a race is not lost every time.
CONCURRENT_ROUNDS: Final = 6
#: The same in a quick run, or if readings are slow.
CONCURRENT_ROUNDS_IF_SLOW: Final = 4
#: The same in a quick run of a handler whose changes come late.
CONCURRENT_ROUNDS_IF_HASTY: Final = 2
#: Event types that are delivered again after the shortest retry.
LATER_TYPES: Final = 3
#: Connections over which a message is delivered again, for all worker processes to get it.
NEW_CONNECTIONS: Final = 8
#: Seconds for a check that comes last, after the time of a run is over.
LAST_CHECK_SECONDS: Final = 5.0
#: Event types that concurrent copies are sent of.
CONCURRENT_TYPES: Final = 4
#: The same in a quick pass at a handler that takes long to answer.
CONCURRENT_TYPES_IF_BRIEF: Final = 2

# How a server handles requests at once (`probe.server_overlap`)

#: Deliveries that are measured alone, and at once, and how often the latter are sent.
MEASURED_ALONE: Final = 5
MEASURED_AT_ONCE: Final = 8
MEASURED_ROUNDS: Final = 3
#: Milliseconds of work for a delivery below which nothing is seen.
LEAST_WORK: Final = 1.5
#: Share of the time that they take in turn up to which deliveries at once have overlapped.
OVERLAPPED: Final = 0.6
#: The same from which on they were handled in turn.
IN_TURN: Final = 0.85

# Order (`battery.delivery.order`)

#: Random orders of a life cycle, besides the systematic ones.
RANDOM_ORDERS: Final = 2
#: Pairs of events that are tried to show a failure, where changes come late.
FEW_ORDER_PAIRS: Final = 3
#: How often an event that was not accepted is sent again.
ORDER_REDELIVERIES: Final = 3
#: Life cycles that are sent where the run has to be quick, and at most for effects of other kinds.
FEW_JOURNEYS: Final = 2
QUICK_JOURNEYS: Final = 5
#: Events of a life cycle before its deletion, in a quick pass at a handler that takes long.
LIFE_CYCLE_IF_BRIEF: Final = 4

#: Event types of which equal events are sent, one after the other.
DISTINCT_TYPES: Final = 4
#: The same in a quick run.
DISTINCT_TYPES_IF_QUICK: Final = 2
#: Pairs of event types that undo each other, in a quick run or where changes come late.
ALTERNATIONS_IF_QUICK: Final = 1
#: Pairs of other event types of a resource that are tried as ones that undo each other.
OBSERVED_ALTERNATIONS: Final = 2

# Failure recovery (`battery.delivery.failure_recovery`)

#: Event types that are sent while the dependency fails.
BROKEN_TYPES: Final = 8
#: Event types that are sent forged.
REJECTED_TYPES: Final = 3
#: Pauses before each redelivery after the dependency works again: a circuit breaker may stay open
#: for about as long as Svix waits before its first retry.
RECOVERY_PAUSES: Final = (0.0, 0.0, 0.5, 1.5, 4.0)

# Transfer of a body (`targets.adapters.url`, `targets.adapters.asgi`)

#: Pause before each further part of a body, so that a server receives it by itself.
PART_PAUSE: Final = 0.1

# Responses and bursts (`battery.delivery.responses`, `battery.delivery.concurrency`)

#: Response time from which a delivery is a warning.
RESPONSE_TIME_WARNING: Final = 5.0
#: Response time from which it is a failure: Svix gives up then.
RESPONSE_TIME_ERROR: Final = 15.0
#: Slow event types that are reported.
REPORTED_SLOW_TYPES: Final = 5
#: Deliveries that are sent at once.
BURST_SIZE: Final = 50
#: The same where they are compared one by one, in a quick pass at a handler that takes long.
BURST_SIZE_IF_BRIEF: Final = 8
#: Event types that half of a burst is made of: their deliveries change the same records.
BURST_SHARED_TYPES: Final = 5
#: How often a burst is sent; what it finds depends on chance.
BURSTS: Final = 5
#: The same in a quick run.
BURSTS_IF_QUICK: Final = 2

# Effects (`battery.effects`)

#: How long a change is waited for, where no event of a run makes one.
EFFECT_PATIENCE: Final = 6.0
#: Pause between two readings meanwhile.
EFFECT_PAUSE: Final = 0.1
#: Snapshots that may be taken to find the types with an effect where a snapshot is slow.
EFFECT_SNAPSHOTS: Final = 12
#: How long the reason is looked for why no event has an effect.
DIAGNOSIS_PATIENCE: Final = 4.0
#: Age of an event at its last attempt: the retries of Svix end after 27 h 35 min.
LAST_RETRY_AGE: Final = 27 * 3600 + 35 * 60
#: By how much the clock of a device or of Seam may be fast.
CLOCK_AHEAD: Final = 60
#: Event types that are sent as old ones.
OLD_TYPES: Final = 8
#: Event types that are sent with nulls, unusual text and the like.
UNUSUAL_TYPES: Final = 3
#: Event types that are sent as ones of the future.
FUTURE_TYPES: Final = 2

# Callbacks (`battery.callbacks`)

#: Event types at which the handler calls Seam that are sent.
CALLBACK_TYPES: Final = 6
#: The same in a quick pass.
CALLBACK_TYPES_IF_QUICK: Final = 2
#: Event types that a handler misses in an outage.
MISSED_TYPES: Final = 3

# Liveness (`state.liveness`, `runner.liveness`)

#: Requests after which it is looked whether the handler still works.
LIVENESS_REQUESTS: Final = 60
#: Factor of that where the handler takes long to answer.
LIVENESS_FACTOR_IF_BRIEF: Final = 4
#: Event types whose effects are compared.
LIVENESS_TYPES: Final = 3
#: Events of a type whose effect has to be missing.
LIVENESS_REPETITIONS: Final = 3
#: Other types that are sent before an effect counts as lost.
LIVENESS_OTHER_TYPES: Final = 5
#: How long a missing effect is waited for, and between two looks.
LIVENESS_PATIENCE: Final = 0.5
LIVENESS_PAUSE: Final = 0.05
#: Events that are sent again to see which one an exception comes from that was logged.
LOGGED_TRIALS: Final = 5
#: How long the last events may be sent after the time of the run is over.
LIVENESS_GRACE: Final = 3.0
#: Of how many event types at least each has to add the same to a number: then it counts deliveries.
COUNTED_TYPES: Final = 2
#: Of how many that are delivered together the number has to rise by as many.
COUNTED_IN_GROUP: Final = 4
#: Event types that are sent under other names too, to see whether they are only logged.
LOGGED_TYPES: Final = 3
