/**
 * Endpoints: register, change, and see how their attempts go.
 */

import { get, post, remove } from '/page/api.js';
import { button, field, find, h, input, notice, select, show } from '/page/dom.js';
import { health } from '/page/draw.js';
import { distance, duration, plural, visible } from '/page/format.js';
import { endpoints, now } from '/page/state.js';

/** @typedef {import('/page/state.js').Endpoint} Endpoint */

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

/** @type {import('/page/main.js').Show} */
export async function view(place) {
  const { faults } = await get('/mock/faults');
  const list = h('div', { class: 'cards' });
  const period = select({ onchange: draw }, PERIODS, '60');
  let last = 0;
  const url = input({ name: 'url', required: true, placeholder: 'http://127.0.0.1:8000/webhooks/seam', size: 40 });
  const types = input({ name: 'types', placeholder: '*' });
  show(place, [
    h('h1', {}, 'Endpoints'),
    h('form', { class: 'filters', onsubmit: register }, [
      field('URL', url),
      field('Event types', types, 'separated by commas; * for all'),
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
    notice('Registered. Its secret: seamproof endpoints list, or Seam’s /webhooks/get.');
    url.value = '';
    await draw();
  }

  async function draw() {
    last = Date.now();
    const known = await endpoints();
    const interval = Number(period.value);
    const statistics = await Promise.all(
      known.map((one) => get(`/mock/endpoints/${one.webhook_id}/statistics`, { interval })),
    );
    const typing = list.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
    if (typing) return;
    show(list, known.length
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
    const back = select({ 'aria-label': 'Since' }, [['0.042', 'the last hour'], ['1', 'the last day'], ['14', 'the last 14 days']], '1');
    const fault = select({ 'aria-label': 'Fault', onchange: () => act('faults', { faults: fault.value ? [fault.value] : [] }, 'Faults set')() },
      [['', 'no fault'], ...faults.map((/** @type {any} */ one) => [one.name, one.name])], endpoint.faults[0] ?? '');
    const subscribed = input({ value: endpoint.event_types.join(', '), 'aria-label': 'Event types',
      onchange: () => act('event-types', { event_types: split(subscribed.value) }, 'Event types set')() });
    const failures = statistics.consecutive_failures;
    return h('article', { class: `card ${endpoint.disabled ? 'disabled' : ''}`, 'aria-label': endpoint.url }, [
      h('h2', {}, visible(endpoint.url), ' ', h('span', { class: `badge ${endpoint.disabled ? 'failed' : 'delivered'}` },
        endpoint.disabled ? `disabled ${endpoint.disabled}` : 'enabled')),
      h('p', { class: 'muted' }, `${endpoint.webhook_id} · ${plural(endpoint.secrets, 'secret')} sign`),
      h('p', { class: failures ? 'bad' : '' },
        failures ? `${plural(failures, 'attempt')} failed one after another.` : 'No failure since the last success.',
        endpoint.disables_at && ` It is disabled ${distance(endpoint.disables_at, now())} if every attempt fails until then.`),
      health(statistics, now(), INTERVALS),
      h('p', { class: 'muted' }, `Bars: delivered and failed in each ${duration(statistics.interval)}. Lines: median and 95 % of the time to answer.`),
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
    update: () => (Date.now() - last > PAUSE ? draw() : null),
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
