/**
 * Requests to the control API under `/mock`.
 */

import { find, h } from '/page/dom.js';

const KEY = 'seamproof-api-key';

/**
 * An answer other than 2xx, or none.
 */
export class ApiError extends Error {
  /**
   * @param {number} status 0 without an answer.
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * The headers of a request. The key is kept for the tab alone.
 *
 * @returns {Record<string, string>}
 */
export function headers() {
  const key = sessionStorage.getItem(KEY);
  return key ? { authorization: `Bearer ${key}` } : {};
}

/**
 * @param {string} path
 * @param {Query} [query] Without those that are empty.
 * @returns {Promise<any>}
 */
export function get(path, query = {}) {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== '' && value !== null && value !== undefined) given.set(name, String(value));
  }
  const text = given.toString();
  return send('GET', path + (text && `?${text}`));
}

/**
 * @param {string} path
 * @param {unknown} [body] A string is sent as it is.
 * @returns {Promise<any>}
 */
export function post(path, body = {}) {
  return send('POST', path, typeof body === 'string' ? body : JSON.stringify(body));
}

/**
 * @param {string} path
 * @returns {Promise<any>}
 */
export function remove(path) {
  return send('DELETE', path);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} [body]
 * @returns {Promise<any>}
 */
async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, { method, body, headers: headers() });
  } catch {
    throw new ApiError(0, 'The mock server cannot be reached: is it still running?');
  }
  if (response.status === 401) {
    await askForKey();
    return send(method, path, body);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new ApiError(response.status, answer?.error?.message ?? `status ${response.status}`);
  }
  return answer;
}

/** @type {Promise<void> | null} */
let asking = null;

/**
 * Ask for the API key, once for all requests that wait for it.
 *
 * @returns {Promise<void>}
 */
export function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = /** @type {HTMLDialogElement} */ (
      h(
        'dialog',
        { 'aria-labelledby': 'key-title' },
        h('h2', { id: 'key-title' }, 'API key'),
        h('p', {}, sessionStorage.getItem(KEY) ? 'The server does not accept this key.' : 'This server was started with --api-key.',
          ' The key is kept for this tab only.'),
        h('form', { method: 'dialog' }, [
          h('label', {}, 'Key ', h('input', { type: 'password', required: true, autocomplete: 'off' })),
          h('button', {}, 'Use'),
        ]),
      )
    );
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => {
      sessionStorage.setItem(KEY, /** @type {HTMLInputElement} */ (find('input', dialog)).value);
      dialog.remove();
      asking = null;
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
  return asking;
}
