/**
 * Times, durations and other texts.
 */

/** Seconds of each unit, the longest first. */
const UNITS = /** @type {const} */ ([
  ['d', 86400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]);

/**
 * Write a duration in its two largest units.
 *
 * @param {number} seconds
 */
export function duration(seconds) {
  let rest = Math.round(Math.abs(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(' ') || '0 s';
}

/**
 * Write how far a moment is from now.
 *
 * @param {string} moment
 * @param {number} now In milliseconds.
 */
export function distance(moment, now) {
  const seconds = (Date.parse(moment) - now) / 1000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(seconds)} ago`;
}

/**
 * Write a moment as a local time of day, with the date if that is not today.
 *
 * @param {string} moment
 */
export function time(moment) {
  const at = new Date(moment);
  const clock = at.toLocaleTimeString([], { hour12: false });
  const today = at.toDateString() === new Date().toDateString();
  return today ? clock : `${at.toLocaleDateString()} ${clock}`;
}

/**
 * Write the number of things.
 *
 * @param {number} count
 * @param {string} noun
 */
export function plural(count, noun) {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * Shorten a URL to what distinguishes it.
 *
 * @param {string} url
 */
export function shortUrl(url) {
  return url.replace(/^https?:\/\//, '');
}

/** Characters that change the direction of text, or show nothing. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * Show the characters of a text that would not be seen.
 *
 * @param {string} text
 */
export function visible(text) {
  return text.replace(
    HIDDEN,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
