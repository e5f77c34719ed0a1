// What the application knows of its credentials. In production: tables of a database, with svix-id
// under a unique index, written in one transaction. This memory is that of one process.

const handled = new Set();
const credentials = new Map();

// Act on an event, once for each message; on one of an unknown type, not at all. Work that takes
// longer than a row belongs into a queue: the answer is awaited.
export function handle(messageId, event) {
  if (handled.has(messageId)) return;
  const { acs_credential_id: id, event_type: status } = event;
  if (typeof id === "string" && typeof status === "string") keep(id, status, moment(event));
  handled.add(messageId);
}

// Events come in any order: an older one changes nothing.
function keep(id, status, at) {
  const known = credentials.get(id);
  if (!known || at > known.at || (at === known.at && status > known.status)) {
    credentials.set(id, { status, at });
  }
}

// When an event occurred; a time long ago if that cannot be read.
function moment(event) {
  return Date.parse(event.occurred_at) || 0;
}

// Show what is known, for `--state`.
export function state() {
  const statuses = [...credentials].map(([id, { status }]) => [id, status]);
  return { handled: handled.size, credentials: Object.fromEntries(statuses) };
}
