/**
 * The list of messages: live, filtered, by pages.
 */

import { get, post } from '/page/api.js';
import { button, field, find, h, input, notice, select, show } from '/page/dom.js';
import { plural, shortUrl, visible } from '/page/format.js';
import { endpoints, readClock, readSettings, when } from '/page/state.js';

const FILTERS = ['event_type', 'status', 'endpoint', 'text', 'since', 'until'];
const STATUSES = ['pending', 'delivered', 'failed', 'stopped', 'unmatched'];
const PAGE = 50;
/** Milliseconds between two readings of the list, however much the stream brings. */
const PAUSE = 500;

/** @type {Show} */
export async function view(place, _, given) {
  let query = given;
  const [known, settings] = await Promise.all([endpoints(), readSettings()]);
  let urls = new Map(known.map((one) => [one.webhook_id, shortUrl(one.url)]));
  const body = h('tbody');
  const rows = () => /** @type {HTMLTableRowElement[]} */ ([...body.querySelectorAll('tr[data-id]')]);
  const more = h('p', { class: 'pages' });
  const fresh = button('', newer, { class: 'primary', hidden: true });
  const resend = button('Resend', resendSelected, { hidden: true });
  /** @type {Set<string>} */
  const selected = new Set();
  const all = input({
    type: 'checkbox',
    'aria-label': 'Select all',
    onchange: () => body.querySelectorAll('input').forEach((box) => box.checked !== all.checked && box.click()),
  });
  let unseen = 0;
  /** The newest message that fitted the filters. */
  let newest = '';
  let current = 0;
  let reading = false;
  let wanted = false;

  show(place, [
    h('h1', {}, 'Messages'),
    filters(query, known),
    h('div', { class: 'bar' }, fresh, resend),
    h('div', { class: 'scroll' },
      h('table', { class: 'messages' },
        h('thead', {}, h('tr', {}, ['', 'Status', 'Event type', 'Attempt', 'Next', 'Endpoint', 'Age'].map(
          (text) => h('th', { scope: 'col' }, text || all),
        ))),
        body,
      ),
    ),
    more,
  ]);
  await read();

  /** Read the page of the list that the address names. */
  async function read() {
    const [page, present, first] = await Promise.all([
      get('/mock/messages', { ...Object.fromEntries(query), limit: PAGE }),
      endpoints(),
      query.has('before') && get('/mock/messages', { ...Object.fromEntries(query), before: '', limit: 1 }),
    ]);
    newest = (first || page).messages[0]?.message_id;
    urls = new Map(present.map((one) => [one.webhook_id, shortUrl(one.url)]));
    unseen = 0;
    all.checked = false;
    fresh.hidden = true;
    draw(page.messages, page.before);
  }

  /**
   * @param {Summary[]} messages
   * @param {number | null} before
   */
  function draw(messages, before) {
    const focused = document.activeElement?.closest('tr')?.dataset.id;
    show(body, messages.map(row));
    if (!messages.length) show(body, h('tr', {}, h('td', { colspan: 7 }, empty())));
    show(more, [
      query.has('before') && h('a', { href: address('') }, 'Newest'),
      before && h('a', { href: address(String(before)), rel: 'next' }, 'Older'),
    ]);
    if (focused) focus(rows().findIndex((one) => one.dataset.id === focused));
  }

  /**
   * @param {string} before
   */
  function address(before) {
    const next = new URLSearchParams(query);
    if (before) next.set('before', before);
    else next.delete('before');
    return `#/messages?${next}`;
  }

  function newer() {
    scrollTo(0, 0);
    if (query.has('before')) location.hash = address('');
    else refresh();
  }

  /** Say how many messages are new; with filters, the server knows which of them fit. */
  async function announce() {
    let text = unseen.toLocaleString('en');
    if (FILTERS.some((name) => query.get(name))) {
      const { messages } = await get('/mock/messages', { ...Object.fromEntries(query), before: '', limit: PAGE });
      const index = messages.findIndex((/** @type {Summary} */ one) => one.message_id === newest);
      text = index < 0 ? `${messages.length}${messages.length < PAGE ? '' : ' or more'}` : `${index}`;
    }
    fresh.hidden = text === '0';
    fresh.textContent = `${text} new`;
  }

  /**
   * @param {Summary} message
   */
  function row(message) {
    const id = message.message_id;
    const to = message.sendings.filter((one) => one.kind === 'schedule' || one.kind === 'recover');
    const next = message.sendings.map((one) => one.next_attempt_at).filter(Boolean).sort()[0];
    const attempts = Math.max(0, ...message.sendings.map((one) => one.attempts));
    const box = input({
      type: 'checkbox',
      'aria-label': `Select ${message.event_type}`,
      onchange: () => choose(id, box.checked),
    });
    box.checked = selected.has(id);
    return h('tr', { 'data-id': id },
      h('td', {}, box),
      h('td', {}, badge(message.status)),
      h('td', {}, h('a', { href: `#/messages/${id}` }, visible(message.event_type))),
      h('td', {}, attempts ? `${attempts} of ${settings.schedule.length}` : '–'),
      h('td', {}, next && when(next)),
      h('td', {}, where(to.length ? to : message.sendings)),
      h('td', {}, when(message.created_at)),
    );
  }

  /**
   * @param {Delivery[]} deliveries
   */
  function where(deliveries) {
    const ids = [...new Set(deliveries.map((one) => one.webhook_id))];
    const first = urls.get(ids[0] ?? '') ?? (ids.length ? 'removed' : 'nobody');
    return ids.length > 1 ? `${first} and ${ids.length - 1} more` : first;
  }

  function empty() {
    if (FILTERS.some((name) => query.get(name))) {
      return h('div', { class: 'empty' }, [
        h('p', {}, 'No message fits this filter.'),
        h('p', {}, h('a', { href: '#/messages' }, 'Show all messages')),
      ]);
    }
    return h('div', { class: 'empty' }, [
      h('p', {}, 'No messages yet.'),
      urls.size
        ? h('p', {}, h('a', { href: '#/trigger' }, 'Trigger an event'), ', or run ',
          h('code', {}, 'seamproof trigger lock.unlocked'), '.')
        : h('p', {}, 'Nobody listens: ', h('a', { href: '#/endpoints' }, 'register an endpoint'), ' first.'),
    ]);
  }

  /**
   * @param {string} id
   * @param {boolean} chosen
   */
  function choose(id, chosen) {
    if (chosen) selected.add(id);
    else selected.delete(id);
    resend.hidden = !selected.size;
    resend.textContent = `Resend ${plural(selected.size, 'message')}`;
  }

  async function resendSelected() {
    const ids = selected.size ? [...selected] : [rows()[current]?.dataset.id].filter(Boolean);
    if (!ids.length) return;
    const answer = await post('/mock/resend', { message_ids: ids });
    const skipped = answer.skipped.map((/** @type {{reason: string}} */ one) => one.reason);
    notice([`Resent ${plural(answer.message_ids.length, 'message')}`, ...new Set(skipped)].join('; '));
    selected.clear();
    choose('', false);
    for (const box of body.querySelectorAll('input')) box.checked = false;
  }

  /** Read the list anew, not more often than it can be looked at. */
  async function refresh() {
    wanted = true;
    if (reading) return;
    reading = true;
    try {
      while (wanted) {
        wanted = false;
        await read();
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    } finally {
      reading = false;
    }
  }

  /**
   * @param {number} index
   */
  function focus(index) {
    current = Math.max(0, Math.min(index, rows().length - 1));
    rows()[current]?.querySelector('a')?.focus();
  }

  return {
    update: async (batch) => {
      await readClock();
      for (const { kind } of batch) if (kind === 'message') unseen += 1;
      // Whoever reads further down or has selected something keeps the place.
      if (scrollY < 100 && !selected.size && !query.has('before')) return refresh();
      return announce();
    },
    move: (next) => {
      query = next;
      fillIn(find('form', place), query);
      return read();
    },
    keys: {
      '/': () => find('input[name=event_type]', place).focus(),
      j: () => focus(body.contains(document.activeElement) ? current + 1 : 0),
      k: () => focus(current - 1),
      x: () => rows()[current]?.querySelector('input')?.click(),
      r: resendSelected,
      n: newer,
    },
  };
}

/**
 * The filters; each change goes to the address.
 *
 * @param {URLSearchParams} query
 * @param {Endpoint[]} known
 */
function filters(query, known) {
  const form = h('form', { class: 'filters', role: 'search', onchange: apply, onsubmit: apply }, [
    field('Event type', input({ name: 'event_type', placeholder: 'lock.*', type: 'search' })),
    field('Status', select({ name: 'status' }, [['', 'any'], ...STATUSES])),
    field('Endpoint', select({ name: 'endpoint' }, [
      ['', 'any'],
      ...known.map((one) => /** @type {[string, string]} */ ([one.webhook_id, shortUrl(one.url)])),
    ])),
    field('Text in the body', input({ name: 'text', type: 'search' })),
    field('Since (UTC)', input({ name: 'since', type: 'datetime-local' })),
    field('Until (UTC)', input({ name: 'until', type: 'datetime-local' })),
    h('a', { href: '#/messages' }, 'Clear'),
  ]);
  fillIn(form, query);
  /** @param {Event} event */
  function apply(event) {
    event.preventDefault();
    const next = new URLSearchParams();
    for (const [name, text] of new FormData(/** @type {HTMLFormElement} */ (form))) {
      const given = String(text).trim();
      if (given) next.set(name, name === 'since' || name === 'until' ? `${given}:00Z` : given);
    }
    location.hash = `#/messages?${next}`;
  }
  return form;
}

/**
 * Show what the address says in the filters, but for the one that is being typed in.
 *
 * @param {HTMLElement} form
 * @param {URLSearchParams} query
 */
function fillIn(form, query) {
  for (const name of FILTERS) {
    const box = /** @type {HTMLInputElement} */ (find(`[name=${name}]`, form));
    const text = query.get(name) ?? '';
    if (box !== document.activeElement) box.value = box.type === 'datetime-local' ? text.slice(0, 16) : text;
  }
}

/**
 * A status, in a colour and in words.
 *
 * @param {string} status
 */
export function badge(status) {
  return h('span', { class: `badge ${status}` }, status);
}
