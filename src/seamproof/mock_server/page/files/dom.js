/**
 * Elements of the page. Everything from outside goes in as text, never as markup.
 */

/**
 * Make an element.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties] `on…` is a listener; true is an empty attribute.
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/**
 * Make an element of SVG.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

/**
 * @template {Element} T
 * @param {T} element
 * @param {Record<string, unknown>} properties
 * @param {(Child | Child[])[]} children
 */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...present(children));
  return element;
}

/**
 * Replace what an element contains.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function show(element, ...children) {
  element.replaceChildren(...present(children));
}

/**
 * Replace what an element contains, and keep the place of the focus.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function redraw(element, ...children) {
  const all = () => [...element.querySelectorAll('a, button, input, select, summary')];
  const place = all().indexOf(/** @type {Element} */ (document.activeElement));
  show(element, ...children);
  const found = all()[place];
  if (found instanceof HTMLElement) found.focus({ preventScroll: true });
}

/**
 * @param {(Child | Child[])[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children
    .flat()
    .filter((one) => one !== null && one !== undefined && one !== false)
    .map((one) => (one instanceof Node ? one : String(one)));
}

/**
 * Find an element that is in the page.
 *
 * @param {string} selector
 * @param {ParentNode} [within]
 * @returns {HTMLElement}
 */
export function find(selector, within = document) {
  const found = within.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`nothing is ${selector}`);
  return found;
}

/**
 * Make a button.
 *
 * @param {string} text
 * @param {() => unknown} act
 * @param {Record<string, unknown>} [properties]
 */
export function button(text, act, properties = {}) {
  return h('button', { type: 'button', onclick: act, ...properties }, text);
}

/**
 * Make a field with its label.
 *
 * @param {string} label
 * @param {HTMLElement} control
 */
export function field(label, control) {
  return h('label', { class: 'field' }, h('span', {}, label), control);
}

/**
 * Make a list to choose from.
 *
 * @param {Record<string, unknown>} properties
 * @param {(string | [string, string])[]} options Values, with their texts if those are others.
 * @param {string} [chosen]
 * @returns {HTMLSelectElement}
 */
export function select(properties, options, chosen = '') {
  const items = options.map((one) => {
    const [value, text] = typeof one === 'string' ? [one, one] : one;
    return h('option', { value, selected: value === chosen }, text);
  });
  return /** @type {HTMLSelectElement} */ (h('select', properties, items));
}

/**
 * Make an input.
 *
 * @param {Record<string, unknown>} properties
 * @returns {HTMLInputElement}
 */
export function input(properties) {
  return /** @type {HTMLInputElement} */ (h('input', properties));
}

/**
 * Say something for a few seconds, to screen readers as well.
 *
 * @param {string} text
 */
export function notice(text) {
  const place = find('#notice');
  place.textContent = text;
  place.classList.add('shown');
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => place.classList.remove('shown'), 6000);
}
notice.timer = 0;

/**
 * Offer a text as a file.
 *
 * @param {string} name
 * @param {string} text
 */
export function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = h('a', { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
