/**
 * What several views need of the server: endpoints, settings, the clock.
 */

import { get } from '/page/api.js';
import { h } from '/page/dom.js';
import { distance } from '/page/format.js';

/** The difference between the server's clock and this machine's, in milliseconds. */
let offset = 0;
/** @type {Promise<Settings> | null} */
let settings = null;

/**
 * @returns {Promise<Endpoint[]>}
 */
export async function endpoints() {
  return (await get('/mock/endpoints')).endpoints;
}

/**
 * @returns {Promise<Settings>}
 */
export function readSettings() {
  settings ??= get('/mock/settings').then((answer) => answer.settings);
  return settings;
}

/**
 * Read the server's clock.
 *
 * @returns {Promise<{manual: boolean, now: string, next_attempt_at: string | null}>}
 */
export async function readClock() {
  const { clock } = await get('/mock/clock');
  offset = Date.parse(clock.now) - Date.now();
  manual = clock.manual;
  stopped = Date.parse(clock.now);
  return clock;
}
let manual = false;
let stopped = 0;

/**
 * The present on the server's clock, in milliseconds.
 */
export function now() {
  return manual ? stopped : Date.now() + offset;
}

/**
 * Show how far a moment is from now; the page keeps that up to date.
 *
 * @param {string} moment
 */
export function when(moment) {
  return h('time', { datetime: moment }, distance(moment, now()));
}
