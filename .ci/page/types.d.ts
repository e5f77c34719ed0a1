// The types that several modules of the page share, and those of the API's answers.

type Child = Node | string | number | null | undefined | false;

/** A view that is shown. */
type View = {
  update?: (batch: Entry[]) => unknown;
  keys?: Record<string, () => unknown>;
  tick?: () => unknown;
  move?: (query: URLSearchParams) => unknown;
};
type Show = (place: HTMLElement, path: string[], query: URLSearchParams) => Promise<View>;

type Entry = { kind: 'message' | 'attempt'; data: any };
type Listener = { entries: (batch: Entry[]) => void; state: (connected: boolean) => void };

type Endpoint = {
  webhook_id: string;
  url: string;
  event_types: string[];
  faults: string[];
  secrets: number;
  disabled: string;
  created_at: string;
  disables_at: string | null;
};
type Settings = {
  version: string;
  schedule: number[];
  jitter: number;
  timeout: number;
  like: string;
  manual_clock: boolean;
};
type Delivery = {
  webhook_id: string;
  kind: string;
  state: string;
  attempts: number;
  next_attempt_at: string | null;
};
type Summary = {
  message_id: string;
  event_id: string;
  event_type: string;
  created_at: string;
  size: number;
  faults: string[];
  status: string;
  sendings: Delivery[];
};
type Attempt = {
  webhook_id: string;
  url: string;
  kind: string;
  ordinal: number;
  at: string;
  request: { headers: Record<string, string>; body: string };
  response: { status: number; headers: Record<string, string>; body: string } | null;
  milliseconds: number;
  delivered: boolean;
  reason: string;
  fault: string;
  next_attempt_at: string | null;
};
type Message = Summary & { body: string; attempts: Attempt[] };
type Violation = { path: string; message: string };
type Verdict = { reason: string; explanation: string };
type Upcoming = { ordinal: number; at: string; earliest: string; latest: string };
type Explanation = {
  violations: Violation[];
  verdicts: (Verdict | null)[];
  upcoming: { webhook_id: string; attempts: Upcoming[] }[];
};

/** An attempt in the drawing of a delivery; times are in seconds since the first attempt. */
type Mark = {
  ordinal: number;
  at: number;
  kind: 'ok' | 'failed' | 'coming';
  label: string;
  span?: [number, number];
  timeout?: number | false;
  retryAfter?: string;
};
type Query = Record<string, string | number | null | undefined>;
