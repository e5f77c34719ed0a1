/**
 * Drawings: the attempts of a delivery on its schedule, and an endpoint's health over time.
 */

import { svg } from '/page/dom.js';
import { duration, time } from '/page/format.js';

const WIDTH = 720;
const EDGE = 24;

/**
 * Draw attempts on a logarithmic scale, as the first come within seconds and the last after hours.
 *
 * @param {Mark[]} marks Times in seconds since the first attempt.
 * @param {string} label
 */
export function timeline(marks, label) {
  const height = 76;
  const end = Math.max(60, ...marks.map((one) => one.span?.[1] ?? one.at));
  const x = (/** @type {number} */ at) =>
    EDGE + (Math.log1p(Math.max(0, at)) / Math.log1p(end)) * (WIDTH - 2 * EDGE);
  const ticks = [0, 5, 60, 600, 3600, 6 * 3600, 27 * 3600].filter((one) => one <= end);
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': label, class: 'timeline' },
    svg('line', { x1: EDGE, x2: WIDTH - EDGE, y1: 36, y2: 36, class: 'axis' }),
    ticks.map((at) => svg('g', {},
      svg('line', { x1: x(at), x2: x(at), y1: 50, y2: 55, class: 'axis' }),
      svg('text', { x: x(at), y: 68 }, at ? duration(at) : 'start'),
    )),
    marks.map((one) => svg('g', { class: one.kind },
      svg('title', {}, one.label),
      one.span && svg('rect', { x: x(one.span[0]), y: 30, width: Math.max(1, x(one.span[1]) - x(one.span[0])), height: 12, rx: 3, class: 'span' }),
      one.timeout && svg('rect', { x: x(one.at), y: 33, width: Math.max(2, x(one.at + one.timeout) - x(one.at)), height: 6, class: 'timeout' }),
      svg('circle', { cx: x(one.at), cy: 36, r: 7 }),
      svg('text', { x: x(one.at), y: 20 }, `${one.ordinal}`),
      one.retryAfter && svg('text', { x: x(one.at), y: 9, class: 'retry-after' }, `↷${/^\d{1,5}$/.test(one.retryAfter) ? one.retryAfter : ''}`),
    )),
  );
}

/**
 * Draw how many attempts succeeded and failed in each interval, and how long they took.
 *
 * @param {{interval: number, intervals: {at: string, delivered: number, failed: number,
 *   median: number, p95: number}[]}} statistics
 * @param {number} until In milliseconds.
 * @param {number} count How many intervals.
 */
export function health(statistics, until, count) {
  const height = 120;
  const bottom = 90;
  const size = statistics.interval * 1000;
  const start = until - count * size;
  const most = Math.max(1, ...statistics.intervals.map((one) => one.delivered + one.failed));
  const slowest = Math.max(1, ...statistics.intervals.map((one) => one.p95));
  const x = (/** @type {string} */ at) => EDGE + ((Date.parse(at) - start) / ((count + 1) * size)) * (WIDTH - 2 * EDGE);
  const tall = (/** @type {number} */ value) => (value / most) * 70;
  const y = (/** @type {number} */ value) => bottom - (value / slowest) * 70;
  const wide = Math.max(2, (WIDTH - 2 * EDGE) / (count + 1) - 1);
  const line = (/** @type {'median' | 'p95'} */ name) =>
    svg('polyline', {
      class: name,
      points: statistics.intervals.map((one) => `${x(one.at) + wide / 2},${y(one[name])}`).join(' '),
    });
  const total = statistics.intervals.reduce((sum, one) => sum + one.delivered + one.failed, 0);
  const delivered = statistics.intervals.reduce((sum, one) => sum + one.delivered, 0);
  const rate = total ? `${Math.floor((100 * delivered) / total)} % of ${total.toLocaleString('en')} delivered` : 'no attempt';
  const peak = `up to ${most} in ${duration(statistics.interval)}, ${Math.round(slowest)} ms`;
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': `${rate}, ${peak}`, class: 'health' },
    svg('line', { x1: EDGE, x2: WIDTH - EDGE, y1: bottom, y2: bottom, class: 'axis' }),
    statistics.intervals.map((one) => svg('g', {},
      svg('title', {}, `${time(one.at)}: ${one.delivered} delivered, ${one.failed} failed, median ${Math.round(one.median)} ms`),
      svg('rect', { class: 'ok', x: x(one.at), width: wide, y: bottom - tall(one.delivered), height: tall(one.delivered) }),
      svg('rect', { class: 'failed', x: x(one.at), width: wide, y: bottom - tall(one.delivered + one.failed), height: tall(one.failed) }),
    )),
    line('median'),
    line('p95'),
    svg('text', { x: EDGE, y: 12 }, rate),
    total > 0 && svg('text', { x: WIDTH - EDGE, y: 12, 'text-anchor': 'end' }, peak),
    svg('text', { x: EDGE, y: 108 }, duration(count * statistics.interval) + ' ago'),
    svg('text', { x: WIDTH - EDGE, y: 108, 'text-anchor': 'end' }, 'now'),
  );
}
