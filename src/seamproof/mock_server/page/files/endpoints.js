/**
 * Endpoints: register, change, and see how their attempts go.
 */

import { get, post, remove } from '/page/api.js';
import { button, field, find, h, input, notice, redraw, select, show } from '/page/dom.js';
import { health } from '/page/draw.js';
import { duration, plural, visible } from '/page/format.js';
import { endpoints, now, when } from '/page/state.js';

/** Seconds of an interval, with how much of the past the drawing shows. */
const PERIODS = /** @type {[string, string][]} */ ([
  ['10', 'last 10 minutes'],
  ['60', 'last hour'],
  ['1440', 'last day'],
  ['20160', 'last 14 days'],
]);
const INTERVALS = 60;
const DAY = 86_400_000;
/** Milliseconds between two readings, however much the stream brings. */
const PAUSE = 2000;

/** @type {Show} */
export async function view(place) {
  const { faults } = await get('/mock/faults');
  const list = h('div', { class: 'cards' });
  const period = select({ onchange: draw }, PERIODS, '60');
  let last = 0;
  let stale = false;
  /** @type {Map<string, string>} */
  const backs = new Map();
  const url = input({ name: 'url', required: true, placeholder: 'http://127.0.0.1:8000/webhooks/seam', size: 40 });
  const types = input({ name: 'types', placeholder: '*' });
  show(place, [
    h('h1', {}, 'Endpoints'),
    h('form', { class: 'filters', onsubmit: register }, [
      field('URL', url),
      field('Event types, separated by commas', types),
      h('button', { class: 'primary' }, 'Register'),
    ]),
    field('Shown', period),
    list,
  ]);
  await draw();

  /**
   * @param {Event} event
   */
  async function register(event) {
    event.preventDefault();
    await post('/mock/endpoints', { url: url.value.trim(), event_types: split(types.value) });
    notice('Registered. Seam’s /webhooks/get shows its secret.');
    url.value = '';
    await draw();
  }

  async function draw() {
    last = Date.now();
    stale = false;
    const known = await endpoints();
    const interval = Number(period.value);
    const statistics = await Promise.all(
      known.map((one) => get(`/mock/endpoints/${one.webhook_id}/statistics`, { interval })),
    );
    redraw(list, known.length
      ? known.map((one, index) => card(one, statistics[index].statistics))
      : h('div', { class: 'empty' }, h('p', {}, 'No endpoint yet: nothing is sent to anybody.'),
        h('p', {}, 'Register the URL of your handler above, or start with ',
          h('code', {}, 'seamproof serve --to http://127.0.0.1:8000/webhooks/seam'), '.')));
  }

  /**
   * @param {Endpoint} endpoint
   * @param {any} statistics
   */
  function card(endpoint, statistics) {
    const path = `/mock/endpoints/${endpoint.webhook_id}`;
    const act = (/** @type {string} */ what, /** @type {unknown} */ body, /** @type {string} */ said) => async () => {
      await post(`${path}/${what}`, body);
      notice(said);
      await draw();
    };
    const again = (/** @type {string} */ what) => async () => {
      const since = new Date(now() - Number(back.value) * DAY + 60_000).toISOString();
      const { message_ids: ids } = await post(`${path}/${what}`, { since });
      notice(`${plural(ids.length, 'message')} sent again`);
    };
    const back = select({ onchange: () => backs.set(path, back.value) }, [['0.042', 'the last hour'], ['1', 'the last day'], ['14', 'the last 14 days']], backs.get(path) ?? '1');
    const present = endpoint.faults.join(', ');
    const fault = select({ onchange: () => act('faults', { faults: fault.value ? [fault.value] : [] }, 'Faults set')() },
      [['', 'no fault'], ...new Set([...faults.map((/** @type {any} */ one) => one.name), present].filter(Boolean))], present);
    const subscribed = input({ value: endpoint.event_types.join(', '),
      onchange: () => act('event-types', { event_types: split(subscribed.value) }, 'Event types set')() });
    const failures = statistics.consecutive_failures;
    return h('article', { class: `card ${endpoint.disabled ? 'disabled' : ''}`, 'aria-label': endpoint.url }, [
      h('h2', {}, visible(endpoint.url), ' ', h('span', { class: `badge ${endpoint.disabled ? 'failed' : 'delivered'}` },
        endpoint.disabled ? `disabled ${endpoint.disabled}` : 'enabled')),
      h('p', { class: 'muted' }, `${endpoint.webhook_id} · signed with ${plural(endpoint.secrets, 'secret')}`),
      h('p', { class: failures ? 'bad' : '' },
        failures ? `${plural(failures, 'attempt')} failed one after another.` : 'No failure since the last success.',
        endpoint.disables_at ? [' It is disabled ', when(endpoint.disables_at), ' if every attempt fails until then.']
          : failures > 0 && ' It is disabled after five days of failures alone.'),
      health(statistics, now(), INTERVALS),
      h('p', { class: 'muted' }, `Bars: attempts delivered and failed, by ${duration(statistics.interval)}. Lines: median and 95th percentile of the time to answer.`),
      h('div', { class: 'filters' }, field('Event types', subscribed), field('Fault', fault), field('Since', back)),
      h('div', { class: 'bar' }, [
        button('Recover failed', again('recover'), { title: 'Send again what was attempted and never delivered' }),
        button('Replay missing', again('replay-missing'), { title: 'Send what this endpoint never got' }),
        endpoint.disabled ? button('Enable', act('enable', {}, 'Enabled')) : button('Disable', act('disable', {}, 'Disabled')),
        button('Rotate secret', act('rotate-secret', {}, 'Rotated: the old secret signs for 24 hours more')),
        button('Remove', async () => {
          await remove(path);
          notice('Removed');
          await draw();
        }, { class: 'danger' }),
        h('a', { class: 'button', href: `#/messages?endpoint=${endpoint.webhook_id}` }, 'Messages'),
      ]),
    ]);
  }

  return {
    update: () => {
      stale = true;
    },
    tick: () => {
      const typing = list.contains(document.activeElement) && document.activeElement?.matches('input, select');
      if (stale && !typing && Date.now() - last > PAUSE) draw();
    },
    keys: { '/': () => find('input', place).focus() },
  };
}

/**
 * @param {string} text
 */
function split(text) {
  const given = text.split(/[\s,]+/).filter(Boolean);
  return given.length ? given : ['*'];
}
