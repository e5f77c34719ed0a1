/**
 * The catalogue: event types by resource, and the contract of each.
 */

import { get } from '/page/api.js';
import { field, find, h, input, show } from '/page/dom.js';
import { plural } from '/page/format.js';
import { payloadView } from '/page/json_view.js';

/** @type {Show} */
export async function view(place, [name]) {
  return name ? showType(place, name) : showList(place);
}

/**
 * @param {HTMLElement} place
 */
async function showList(place) {
  const { event_types: types, sources } = await get('/mock/event-types');
  const list = h('div');
  const search = input({ type: 'search', oninput: draw, placeholder: 'lock, battery, code …' });
  show(place, [
    h('h1', {}, 'Catalogue'),
    h('p', { class: 'muted' }, plural(types.length, 'event type'), sources.length > 0 && ', from:'),
    h('ul', { class: 'muted' }, sources.map((/** @type {string} */ one) => h('li', {}, one))),
    field('Search', search),
    list,
  ]);
  draw();
  return { keys: { '/': () => find('input', place).focus() } };

  function draw() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = types.filter((/** @type {any} */ one) => {
      const text = `${one.event_type} ${one.title} ${one.description}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const resources = Map.groupBy(fitting, (/** @type {any} */ one) => one.resource);
    show(list, fitting.length ? [...resources].map(([resource, found]) => h('section', {},
      h('h2', {}, resource.replaceAll('_', ' ')),
      h('dl', { class: 'types' }, found.flatMap((/** @type {any} */ one) => [
        h('dt', {}, h('a', { href: `#/catalogue/${one.event_type}` }, one.event_type), ...marks(one)),
        h('dd', {}, one.description),
      ])))) : h('p', { class: 'empty' }, 'No event type has these words.'));
  }
}

/**
 * @param {any} type
 */
function marks(type) {
  return [
    type.deprecated && h('span', { class: 'badge failed' }, 'deprecated'),
    !type.documented && h('span', { class: 'badge pending' }, 'undocumented'),
  ];
}

/**
 * @param {HTMLElement} place
 * @param {string} name
 */
async function showType(place, name) {
  const { event_type: type, document: schema, example } = await get(`/mock/event-types/${encodeURIComponent(name)}`);
  const notes = schema['x-seam']?.properties ?? {};
  const rows = Object.entries(schema.properties ?? {}).map(([property, one]) => h('tr', {},
    h('th', { scope: 'row' }, h('code', {}, property), schema.required?.includes(property) && h('small', {}, ' required')),
    h('td', {}, describe(one)),
    h('td', {}, one.description, ...marks({ deprecated: one.deprecated, documented: notes[property]?.documented ?? true }))));
  show(place, [
    h('p', {}, h('a', { href: '#/catalogue' }, 'Catalogue')),
    h('h1', {}, type.event_type, ...marks(type)),
    h('p', {}, type.description),
    h('p', {}, h('a', { class: 'button', href: `#/trigger?type=${type.event_type}` }, 'Trigger')),
    h('h2', {}, 'Properties'),
    h('div', { class: 'scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, ['Name', 'Value', 'Description'].map((text) => h('th', { scope: 'col' }, text)))),
      h('tbody', {}, rows))),
    h('h2', {}, 'Example'),
    payloadView(example, [], null),
  ]);
  return {};
}

/**
 * Write the values that a schema allows.
 *
 * @param {any} schema
 * @returns {string}
 */
function describe(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((/** @type {unknown} */ one) => JSON.stringify(one)).join(' | ');
  const parts = schema.anyOf ?? schema.oneOf;
  if (parts) return parts.map(describe).join(' | ');
  const types = [schema.type ?? 'any'].flat();
  return types.map((one) => (one === 'string' && schema.format ? schema.format : one === 'array' ? `list of ${describe(schema.items ?? {})}` : one)).join(' | ');
}
