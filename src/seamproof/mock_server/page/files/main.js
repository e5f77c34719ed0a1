/**
 * The page: which view is shown, what the stream brings, and the keys.
 */

import { ApiError } from '/page/api.js';
import { button, find, h, notice, show } from '/page/dom.js';
import { distance } from '/page/format.js';
import { now, readClock } from '/page/state.js';
import { follow } from '/page/stream.js';

/** @type {Record<string, {title: string, load: () => Promise<{view: Show}>}>} */
const VIEWS = {
  messages: { title: 'Messages', load: () => import('/page/messages.js') },
  message: { title: 'Message', load: () => import('/page/message.js') },
  trigger: { title: 'Trigger', load: () => import('/page/trigger.js') },
  endpoints: { title: 'Endpoints', load: () => import('/page/endpoints.js') },
  clock: { title: 'Clock', load: () => import('/page/clock.js') },
  catalogue: { title: 'Catalogue', load: () => import('/page/catalogue.js') },
};

const KEYS = [
  ['/', 'filter or search'],
  ['j, k', 'next, previous message'],
  ['Enter', 'open the message'],
  ['x', 'select the message'],
  ['r', 'resend'],
  ['n', 'show new messages'],
  ['t', 'trigger an event'],
  ['m, e, c, a', 'messages, endpoints, clock, catalogue'],
  ['?', 'this list'],
];
/** @type {Record<string, string>} */
const PLACES = {
  t: '#/trigger',
  m: '#/messages',
  e: '#/endpoints',
  c: '#/clock',
  a: '#/catalogue',
};

/** @type {View} */
let shown = {};
let place = '';
let turn = 0;

/**
 * Show the view that the address names.
 */
async function route() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const decode = (/** @type {string} */ part) => new URLSearchParams(`p=${part}`).get('p') ?? '';
  const [name = '', ...rest] = path.split('/').filter(Boolean).map(decode);
  const wanted = name === 'messages' && rest.length ? 'message' : name || 'messages';
  const chosen = Object.hasOwn(VIEWS, wanted) ? VIEWS[wanted] : VIEWS.messages;
  const mine = ++turn;
  const query = new URLSearchParams(search);
  if (path === place && shown.move) return shown.move(query);
  place = path;
  shown = {};
  for (const link of document.querySelectorAll('nav a')) {
    const here = link.getAttribute('href') === `#/${name || 'messages'}`;
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${rest[0] ?? chosen.title} · seamproof`;
  const content = h('div', { class: 'view' });
  try {
    const { view } = await chosen.load();
    const made = await view(content, rest, query);
    if (mine !== turn) return null;
    shown = made;
  } catch (problem) {
    if (mine !== turn) return null;
    show(content, failure(problem));
  }
  return show(find('#main'), content);
}

/**
 * @param {unknown} problem
 */
function failure(problem) {
  const { message } = /** @type {Error} */ (problem);
  const missing = problem instanceof ApiError && problem.status === 404;
  return h('div', { class: 'empty', role: 'alert' }, [
    h('h1', {}, missing ? 'Not found' : 'This did not work'),
    h('p', {}, message),
    button('Try again', () => {
      place = '';
      return route();
    }),
  ]);
}

/**
 * @param {KeyboardEvent} event
 */
function press(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  const typing = target.closest('input:not([type=checkbox]), select, textarea');
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  if (typing) {
    if (event.key === 'Escape') target.blur();
    return;
  }
  const act = shown.keys?.[event.key];
  if (act) act();
  else if (event.key === '?') help();
  else if (PLACES[event.key]) location.hash = PLACES[event.key];
  else return;
  event.preventDefault();
}

function tick() {
  for (const one of document.querySelectorAll('time')) one.textContent = distance(one.dateTime, now());
  shown.tick?.();
}

function help() {
  const rows = KEYS.map(([key, text]) =>
    h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, key)), h('td', {}, text)),
  );
  const dialog = /** @type {HTMLDialogElement} */ (
    h('dialog', { 'aria-labelledby': 'keys-title', onclose: () => dialog.remove() }, [
      h('h2', { id: 'keys-title' }, 'Keys'),
      h('table', {}, h('tbody', {}, rows)),
      h('form', { method: 'dialog' }, h('button', {}, 'Close')),
    ])
  );
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Say why something did not work, whatever was asked for.
 *
 * @param {PromiseRejectionEvent} event
 */
function explain(event) {
  if (!(event.reason instanceof ApiError)) return;
  notice(event.reason.message);
  event.preventDefault();
}

addEventListener('hashchange', route);
addEventListener('keydown', press);
addEventListener('unhandledrejection', explain);
find('#help').addEventListener('click', help);
setInterval(tick, 1000);
readClock().then(route);
follow({
  entries: (batch) => shown.update?.(batch),
  state: (connected) => {
    const sign = find('#connection');
    const again = sign.dataset.state === 'lost';
    sign.dataset.state = connected ? 'live' : 'lost';
    sign.textContent = connected ? 'live' : 'connection lost, trying again';
    if (connected && again) shown.update?.([]);
  },
});
