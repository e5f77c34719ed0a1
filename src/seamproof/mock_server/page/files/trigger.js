/**
 * Trigger: an event made in a form or as JSON, sent with faults, and what was answered.
 */

import { get, post } from '/page/api.js';
import { button, field, find, h, input, select, show } from '/page/dom.js';
import { visible } from '/page/format.js';
import { eventForm } from '/page/form.js';
import { badge } from '/page/messages.js';

/** Milliseconds without a key until what was typed is validated. */
const REST = 300;

/** @type {Show} */
export async function view(place, _, query) {
  const [{ event_types: types }, { journeys }, { faults }] = await Promise.all([
    get('/mock/event-types'),
    get('/mock/journeys'),
    get('/mock/faults'),
  ]);
  /** @type {Record<string, any>} */
  let event = {};
  /** @type {any} */
  let contract = null;
  let timer = 0;
  const json = /** @type {HTMLTextAreaElement} */ (
    h('textarea', { rows: 24, spellcheck: 'false', 'aria-label': 'The event as JSON', oninput: typed })
  );
  const problems = h('ul', { class: 'problems', 'aria-live': 'polite' });
  const form = h('div', { class: 'fields' });
  const about = h('p', { class: 'muted' });
  const answer = h('div', { class: 'answer', 'aria-live': 'polite' });
  const type = select({ name: 'type', onchange: () => choose(type.value) },
    types.map((/** @type {any} */ one) => [one.event_type, one.event_type + (one.deprecated ? ' (deprecated)' : '')]));
  const journey = select({ name: 'journey', onchange: chooseJourney }, [
    ['', 'none: one event'],
    ...journeys.map((/** @type {any} */ one) => [one.name, `${one.name}: ${one.event_types.join(', ')}`]),
  ]);
  const fault = select({ name: 'fault', onchange: tellAnswer }, [
    ['', 'none'],
    ...faults.map((/** @type {any} */ one) => [one.name, `${one.name}: ${one.line}`]),
  ]);
  const right = h('p', { class: 'muted' });
  const count = input({ type: 'number', min: 1, max: 10000, value: 1, name: 'count' });
  const seed = input({ name: 'seed', placeholder: 'random' });
  const editor = h('div', { class: 'columns' }, form, h('div', {}, json, problems));

  show(place, [
    h('h1', {}, 'Trigger'),
    h('form', { class: 'filters', onsubmit: (/** @type {Event} */ one) => one.preventDefault() }, [
      field('Event type', type),
      field('Journey', journey),
      field('Fault', fault),
      field('Count', count),
      field('Seed', seed),
      button('New sample', () => choose(type.value)),
      button('Send', send, { class: 'primary' }),
    ]),
    about,
    right,
    answer,
    editor,
  ]);
  await begin();

  async function begin() {
    const id = query.get('message');
    if (!id) return choose(query.get('type') ?? 'lock.unlocked');
    const { message } = await get(`/mock/messages/${encodeURIComponent(id)}`);
    await choose(message.event_type, JSON.parse(message.body));
    return null;
  }

  /**
   * @param {string} name
   * @param {Record<string, any>} [given]
   */
  async function choose(name, given) {
    const known = types.some((/** @type {any} */ one) => one.event_type === name);
    if (known) type.value = name;
    contract = known ? await get(`/mock/event-types/${encodeURIComponent(name)}`) : null;
    const body = { event_type: name, ...(seed.value && { seed: seed.value }) };
    event = given ?? (await post('/mock/samples', body)).event;
    about.textContent = contract ? contract.event_type.description : 'The contract does not have this event type.';
    drawForm();
    write();
  }

  function drawForm() {
    if (contract) show(form, eventForm(contract.document, event, contract.example, write));
    else show(form, h('p', { class: 'muted' }, 'Edit the JSON.'));
  }

  function write() {
    json.value = JSON.stringify(event, null, 2);
    validate();
  }

  function typed() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      try {
        const given = JSON.parse(json.value);
        if (given && typeof given === 'object') event = given;
        drawForm();
        validate();
      } catch (problem) {
        show(problems, h('li', { class: 'bad' }, String(/** @type {Error} */ (problem).message)));
      }
    }, REST);
  }

  async function validate() {
    const text = json.value;
    const { violations } = await post('/mock/violations', `{"event":${text}}`);
    if (text !== json.value) return;
    show(problems, violations.length
      ? violations.map((/** @type {any} */ one) => h('li', { class: 'bad' }, visible(`${one.path || 'the payload'} ${one.message}`)))
      : h('li', { class: 'good' }, 'Fits the contract.'));
  }

  function chooseJourney() {
    editor.hidden = journey.value !== '';
    type.disabled = journey.value !== '';
  }

  function tellAnswer() {
    right.textContent = wanted() && `A correct handler answers ${wanted()}.`;
  }

  function wanted() {
    return faults.find((/** @type {any} */ one) => one.name === fault.value)?.answer ?? '';
  }

  async function send() {
    const rest = { count: Number(count.value) || 1, faults: fault.value ? [fault.value] : [] };
    const members = JSON.stringify(seed.value ? { ...rest, seed: seed.value } : rest).slice(1, -1);
    // The text of the event goes in unchanged: these bytes are signed.
    const source = journey.value ? `"journey":${JSON.stringify(journey.value)}` : `"event":${json.value}`;
    const { message_ids: ids } = await post('/mock/events', `{${source},${members}}`);
    show(answer, h('p', {}, `Sent ${ids.length.toLocaleString('en')}. Waiting for the answer…`));
    await Promise.all(ids.slice(0, 10).map(awaited)).then((messages) => {
      show(answer, h('ul', {}, messages.map(told)));
    });
  }

  /**
   * @param {any} message
   */
  function told(message) {
    const attempt = message.attempts.at(-1);
    const text = attempt
      ? `${attempt.response?.status ?? 'no answer'} ${attempt.reason && `(${attempt.reason})`}`
      : message.sendings.length ? 'not attempted yet' : 'nobody listens: register an endpoint';
    return h('li', {}, h('a', { href: `#/messages/${message.message_id}` }, message.event_type), ' ',
      badge(message.status), ` ${visible(text)}`,
      wanted().startsWith('4xx') && attempt?.response?.status < 300 && h('strong', { class: 'bad' }, ' Accepted, but a correct handler refuses it.'));
  }

  return { keys: { '/': () => find('select', place).focus() } };
}

/**
 * Wait until a message was attempted at each endpoint, for as long as an attempt may take.
 *
 * @param {string} id
 */
async function awaited(id) {
  const until = Date.now() + 20_000;
  for (;;) {
    const { message } = await get(`/mock/messages/${id}`);
    const open = message.sendings.some((/** @type {any} */ one) => one.state === 'pending' && !one.attempts);
    if (!open || Date.now() > until) return message;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}
