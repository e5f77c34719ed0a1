/**
 * The stream of messages and attempts, which continues after a break where it was lost.
 */

import { askForKey, headers } from '/page/api.js';

/** Milliseconds between two batches: a burst is drawn a few times a second. */
const BATCH = 250;
/** Milliseconds without a heartbeat after which the connection is lost. */
const QUIET = 40_000;
/** Milliseconds until a lost connection is tried again. */
const AGAIN = 1000;
/** The most entries of a batch: a page in the background is seldom woken by a timer. */
const KEPT = 500;

/**
 * Follow the stream for as long as the page is open.
 *
 * @param {Listener} listener
 */
export async function follow(listener) {
  let last = '';
  /** @type {Entry[]} */
  const batch = [];
  const flush = () => batch.length && listener.entries(batch.splice(0));
  setInterval(flush, BATCH);
  for (;;) {
    try {
      const response = await fetch('/mock/stream', {
        headers: { ...headers(), ...(last && { 'last-event-id': last }) },
      });
      if (response.status === 401) {
        await askForKey();
        continue;
      }
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      listener.state(true);
      for await (const event of events(response.body)) {
        last = event.id;
        batch.push({ kind: event.kind, data: JSON.parse(event.data) });
        if (batch.length === KEPT) flush();
      }
    } catch {
      // Said below: the server has ended, or the connection is lost.
    }
    listener.state(false);
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
  }
}

/**
 * Read server-sent events.
 *
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} body
 * @returns {AsyncGenerator<{id: string, kind: 'message' | 'attempt', data: string}>}
 */
async function* events(body) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const quiet = setTimeout(() => reader.cancel(), QUIET);
    const { value, done } = await reader.read();
    clearTimeout(quiet);
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^[^:]*: ?/, '')]),
      );
      if (fields.data) yield /** @type {any} */ ({ ...fields, kind: fields.event });
    }
  }
}
