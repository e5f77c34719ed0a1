/**
 * A message: its payload against the contract, its attempts made and to come, and what to do.
 */

import { ApiError, get, post } from '/page/api.js';
import { button, download, h, notice, redraw } from '/page/dom.js';
import { timeline } from '/page/draw.js';
import { duration, shortUrl, time, visible } from '/page/format.js';
import { payloadView } from '/page/json_view.js';
import { badge } from '/page/messages.js';
import { readSettings, when } from '/page/state.js';

/** @type {Show} */
export async function view(place, [id]) {
  const path = `/mock/messages/${encodeURIComponent(id)}`;
  const settings = await readSettings();
  let turn = 0;
  await draw();

  async function draw() {
    const mine = ++turn;
    const [{ message }, { explanation }] = await Promise.all([get(path), get(`${path}/explanation`)]);
    const schema = await schemaOf(message.event_type);
    const open = [...place.querySelectorAll('details[open]')].map((one) => one.id);
    if (mine !== turn) return;
    redraw(place, [
      h('h1', {}, visible(message.event_type), ' ', badge(message.status)),
      h('p', { class: 'muted' }, `${message.message_id} · ${time(message.created_at)} · ${message.size.toLocaleString('en')} bytes`,
        message.faults.length > 0 && ` · fault ${message.faults.join(', ')}`),
      h('div', { class: 'bar' }, [
        button('Resend', resend),
        button('Copy as curl', copyCurl),
        button('Save as fixture', () => save('fixture')),
        button('Save as pytest', () => save('pytest')),
        h('a', { href: `#/trigger?message=${encodeURIComponent(id)}`, class: 'button' }, 'Open in Trigger'),
      ]),
      ...deliveries(message, explanation),
      h('h2', {}, 'Payload'),
      h('p', { class: explanation.violations.length ? 'bad' : 'muted' }, verdictOnPayload(explanation, schema)),
      payloadView(read(message.body), explanation.violations, schema),
      h('h2', {}, 'Attempts'),
      message.attempts.length
        ? attempts(message, explanation.verdicts)
        : h('p', { class: 'empty' }, nothing(message)),
    ]);
    for (const one of place.querySelectorAll('details')) one.open = open.includes(one.id);
  }

  /**
   * @param {Message} message
   * @param {Explanation} explanation
   */
  function deliveries(message, explanation) {
    const ids = [...new Set(message.sendings.map((one) => one.webhook_id))];
    return ids.map((webhook) => {
      const made = message.attempts.filter((one) => one.webhook_id === webhook && one.kind !== 'copy');
      const coming = explanation.upcoming.filter((one) => one.webhook_id === webhook)
        .flatMap((one) => one.attempts);
      if (!made.length && !coming.length) return null;
      const start = Date.parse(made[0]?.at ?? coming[0].at);
      const seconds = (/** @type {string} */ at) => (Date.parse(at) - start) / 1000;
      const marks = [
        ...made.map((one) => /** @type {Mark} */ ({
          ordinal: one.ordinal,
          at: seconds(one.at),
          kind: one.delivered ? 'ok' : 'failed',
          label: `Attempt ${one.ordinal} at ${time(one.at)}: ${outcome(one)}`,
          timeout: !one.response && one.milliseconds > settings.timeout * 990 && settings.timeout,
          retryAfter: header(one.response?.headers, 'retry-after'),
        })),
        ...coming.map((one) => /** @type {Mark} */ ({
          ordinal: one.ordinal,
          at: seconds(one.at),
          kind: 'coming',
          label: `Attempt ${one.ordinal} is due at ${time(one.at)}`,
          span: [seconds(one.earliest), seconds(one.latest)],
        })),
      ];
      const next = coming[0];
      const last = coming.at(-1);
      return h('section', { class: 'delivery' }, [
        h('h2', {}, `To ${visible(shortUrl(made[0]?.url ?? webhook))}`),
        timeline(marks, `${made.length} attempts made, ${coming.length} to come`),
        next && h('p', {}, `Next: attempt ${next.ordinal}, `, when(next.at),
          last && last !== next && [`; the last one, ${last.ordinal}, `, when(last.at)],
          `. An attempt fails after ${duration(settings.timeout)} without an answer.`),
        h('p', { class: 'muted' }, marks.some((one) => one.timeout) && '▬ time-out ', marks.some((one) => one.retryAfter) && '↷ Retry-After, in seconds'),
      ]);
    });
  }

  async function resend() {
    await post(`${path}/resend`);
    notice('Resent');
  }

  async function copyCurl() {
    const { text } = await get(`${path}/saved`, { form: 'curl' });
    try {
      await navigator.clipboard.writeText(text);
      notice('Copied. The signature is valid for five minutes.');
    } catch {
      download('request.sh', text);
    }
  }

  /**
   * @param {string} form
   */
  async function save(form) {
    const { name, text } = await get(`${path}/saved`, { form });
    download(name, text);
    notice(`Saved as ${name}`);
  }

  return {
    update: (batch) => {
      const concerns = batch.some(({ data }) => data.message_id === id);
      return concerns || !batch.length ? draw() : null;
    },
    keys: { r: resend },
  };
}

/**
 * @param {string} eventType
 */
async function schemaOf(eventType) {
  try {
    return (await get(`/mock/event-types/${encodeURIComponent(eventType)}`)).document;
  } catch (problem) {
    if (problem instanceof ApiError && problem.status) return null;
    throw problem;
  }
}

/**
 * @param {string} body
 */
function read(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/**
 * @param {Explanation} explanation
 * @param {unknown} schema
 */
function verdictOnPayload({ violations }, schema) {
  if (violations.length) return `Violates the contract: ${violations.length}, marked below.`;
  return schema ? 'Fits the contract.' : 'An event type that the contract does not have.';
}

/**
 * @param {Message} message
 */
function nothing({ sendings }) {
  return sendings.length
    ? 'Not attempted yet.'
    : 'No endpoint subscribes to this event type. Register one, then resend.';
}

/**
 * @param {Attempt} attempt
 */
function outcome(attempt) {
  return attempt.reason || `${attempt.response?.status}`;
}

/**
 * @param {Message} message
 * @param {(Verdict | null)[]} verdicts
 */
function attempts(message, verdicts) {
  return h('ol', { class: 'attempts' }, message.attempts.map((attempt, place) => {
    const before = message.attempts.slice(0, place).findLast((one) => one.webhook_id === attempt.webhook_id);
    const verdict = verdicts[place];
    return h('li', { class: attempt.delivered ? 'ok' : 'failed' }, h('details', { id: `attempt-${place}` }, [
      h('summary', {}, [
        h('strong', {}, `${attempt.kind === 'schedule' ? 'Attempt' : attempt.kind} ${attempt.ordinal}: `),
        visible(outcome(attempt)),
        h('span', { class: 'muted' }, ` · ${time(attempt.at)} · ${Math.round(attempt.milliseconds)} ms · ${visible(shortUrl(attempt.url))}`),
        attempt.fault && h('span', { class: 'badge pending' }, `fault ${attempt.fault}`),
        verdict && verdict.reason !== 'ok' && h('span', { class: 'badge failed' }, 'fails verification'),
      ]),
      verdict && h('p', {}, verdict.reason === 'ok'
        ? 'The signature is genuine.'
        : `A verification fails: ${visible(verdict.explanation)}.`),
      before && differences(before, attempt),
      part('Request', attempt.request.headers, attempt.request.body),
      attempt.response
        ? part(`Answer ${attempt.response.status}`, attempt.response.headers, attempt.response.body)
        : h('p', {}, `No answer: ${visible(attempt.reason)}.`),
    ]));
  }));
}

/**
 * What differs between two attempts.
 *
 * @param {Attempt} before
 * @param {Attempt} after
 */
function differences(before, after) {
  /** @type {[string, string, string][]} */
  const rows = [];
  const compare = (/** @type {string} */ name, /** @type {any} */ one, /** @type {any} */ other) => {
    if (one !== other) rows.push([name, String(one || '–'), String(other || '–')]);
  };
  compare('status', before.response?.status, after.response?.status);
  compare('reason', before.reason, after.reason);
  for (const side of /** @type {const} */ (['request', 'response'])) {
    const [one, other] = [before[side]?.headers ?? {}, after[side]?.headers ?? {}];
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) compare(`${side} ${name}`, one[name], other[name]);
    compare(`${side} body`, before[side]?.body, after[side]?.body);
  }
  if (!rows.length) return h('p', { class: 'muted' }, 'The same as the attempt before.');
  return h('table', { class: 'differences' },
    h('caption', {}, 'What differs from the attempt before'),
    h('thead', {}, h('tr', {}, ['', 'before', 'now'].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, rows.map(([name, one, other]) => h('tr', {},
      h('th', { scope: 'row' }, name), h('td', {}, shorten(one, other)), h('td', {}, shorten(other, one))))),
  );
}

/**
 * Shorten a text to where it begins to differ from another one.
 *
 * @param {string} text
 * @param {string} other
 */
function shorten(text, other) {
  let place = 0;
  while (text[place] === other[place] && place < text.length) place += 1;
  const start = text.length > 120 ? Math.max(0, place - 40) : 0;
  return visible(`${start ? '…' : ''}${text.slice(start, start + 120)}${text.length > start + 120 ? '…' : ''}`);
}

/**
 * @param {string} title
 * @param {Record<string, string>} headers
 * @param {string} body
 */
function part(title, headers, body) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return h('section', {}, h('h3', {}, title),
    h('pre', { tabindex: 0 }, visible([...lines, '', body].join('\n'))));
}

/**
 * @param {Record<string, string> | undefined} headers
 * @param {string} wanted
 */
function header(headers, wanted) {
  return Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}
