/**
 * The clock: advance it, and see which attempts that made.
 */

import { post } from '/page/api.js';
import { button, field, h, input, show } from '/page/dom.js';
import { distance, duration, plural, time, visible } from '/page/format.js';
import { readClock, readSettings } from '/page/state.js';

/** Milliseconds after which an attempt has come by the stream. */
const REST = 800;
/** The most attempts that are listed. */
const SHOWN = 200;

/** @type {Show} */
export async function view(place) {
  const settings = await readSettings();
  let clock = await readClock();
  const head = h('div');
  const log = h('div', { 'aria-live': 'polite' });
  const amount = input({ value: '5m', name: 'duration', size: 8 });
  /** @type {any[]} */
  let seen = [];
  let count = 0;
  // With the jitter, the last attempt comes this late at the most.
  const whole = settings.schedule.reduce((sum, one) => sum + one, 0) * (1 + settings.jitter);

  show(place, [h('h1', {}, 'Clock'), head, clock.manual ? controls() : explanation(), log]);
  draw();

  function draw() {
    show(head, h('p', { class: 'big' }, new Date(clock.now).toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC'),
      ' ', h('span', { class: 'badge' }, clock.manual ? 'manual' : 'real')),
    h('p', {}, clock.next_attempt_at
      ? `The next attempt is due ${distance(clock.next_attempt_at, Date.parse(clock.now))}.`
      : 'No attempt is due.'));
  }

  function explanation() {
    return h('p', { class: 'empty' }, 'This is the time of the machine. To let 27 hours pass in a second, start with ',
      h('code', {}, 'seamproof serve --clock manual'), '.');
  }

  function controls() {
    return h('form', { class: 'filters', onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      advance(amount.value.trim());
    } }, [
      button('Advance to the next attempt', () => {
        if (!clock.next_attempt_at) return null;
        const due = (Date.parse(clock.next_attempt_at) - Date.parse(clock.now)) / 1000;
        return advance(Math.max(0, due) + 0.001);
      }, { class: 'primary' }),
      field('By (35m, 27h 35m)', amount),
      h('button', {}, 'Advance'),
      button(`To the end of the schedule (${duration(whole)})`, () => advance(Math.ceil(whole) + settings.schedule.length * 60)),
    ]);
  }

  /**
   * @param {string | number} by
   */
  async function advance(by) {
    seen = [];
    count = 0;
    const before = clock.now;
    await post('/mock/clock', { advance: by });
    clock = await readClock();
    draw();
    await new Promise((resolve) => setTimeout(resolve, REST));
    const passed = duration((Date.parse(clock.now) - Date.parse(before)) / 1000);
    show(log, h('h2', {}, `${passed} passed: ${plural(count, 'attempt')}`),
      seen.length > 0 && h('ol', {}, seen.map((one) => h('li', {},
        `${time(one.at)} · `, h('a', { href: `#/messages/${one.message_id}` }, visible(one.event_type)),
        ` · attempt ${one.ordinal}: ${one.response?.status ?? 'no answer'} `,
        h('span', { class: `badge ${one.delivered ? 'delivered' : 'failed'}` }, one.delivered ? 'delivered' : visible(one.reason)),
        one.next_attempt_at && ` · next ${time(one.next_attempt_at)}`))));
  }

  return {
    update: (batch) => {
      for (const { kind, data } of batch) {
        if (kind !== 'attempt') continue;
        count += 1;
        if (seen.length < SHOWN) seen.push(data);
      }
    },
    tick: async () => {
      if (clock.manual) return;
      clock = await readClock();
      draw();
    },
  };
}
