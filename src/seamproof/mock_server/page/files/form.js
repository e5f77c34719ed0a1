/**
 * A form made from a JSON Schema: a row a property, whether it is there, null, and its value.
 */

import { h, input, select } from '/page/dom.js';

/**
 * Make the form of an event.
 *
 * @param {any} schema
 * @param {Record<string, any>} event Changed by the form.
 * @param {Record<string, any>} example Where values come from that the event lacks.
 * @param {() => void} changed Is called after each change.
 */
export function eventForm(schema, event, example, changed) {
  const rows = Object.entries(schema.properties ?? {}).map(([name, property]) =>
    row(name, property, schema.required?.includes(name)),
  );
  return h('div', { class: 'scroll' }, h('table', { class: 'form' },
    h('thead', {}, h('tr', {}, ['Sent', 'Property', 'Value'].map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, rows)));

  /**
   * @param {string} name
   * @param {any} property
   * @param {boolean} required
   */
  function row(name, property, required) {
    const types = typesOf(property);
    const value = h('td');
    const sent = input({ type: 'checkbox', 'aria-label': `Send ${name}`, disabled: required, onchange: toggle });
    sent.checked = name in event;
    draw();
    return h('tr', {},
      h('td', {}, sent),
      h('th', { scope: 'row', title: property.description ?? '' }, h('code', {}, name), required && h('small', {}, ' required'),
        property.deprecated && h('small', {}, ' deprecated')),
      value,
    );

    function toggle() {
      if (sent.checked) event[name] = example[name] ?? initial(property, types);
      else delete event[name];
      draw();
      changed();
    }

    function draw() {
      if (!(name in event)) return value.replaceChildren();
      const nullable = types.includes('null');
      const isNull = input({ type: 'checkbox', onchange: () => {
        event[name] = isNull.checked ? null : (example[name] ?? initial(property, types));
        draw();
        changed();
      } });
      isNull.checked = event[name] === null;
      return value.replaceChildren(
        ...(event[name] === null ? [] : [control()]),
        ...(nullable ? [h('label', { class: 'null' }, isNull, ' null')] : []),
      );
    }

    function control() {
      const set = (/** @type {unknown} */ given) => {
        event[name] = given;
        changed();
      };
      const label = { 'aria-label': name };
      const current = event[name];
      if (property.enum ?? property.anyOf?.some((/** @type {any} */ one) => one.enum)) {
        const values = (property.enum ?? property.anyOf.flatMap((/** @type {any} */ one) => one.enum ?? []))
          .filter((/** @type {unknown} */ one) => one !== null);
        if (!values.includes(current)) values.push(current);
        const list = select({ ...label, onchange: () => set(values[list.selectedIndex]) },
          values.map(String), String(current));
        return list;
      }
      if (typeof current === 'boolean') {
        const list = select({ ...label, onchange: () => set(list.value === 'true') },
          ['true', 'false'], String(current));
        return list;
      }
      if (typeof current === 'number') {
        const box = input({ ...label, type: 'number', step: 'any', value: current, oninput: () => set(Number(box.value)) });
        return box;
      }
      if (typeof current === 'string' && property.const === undefined) {
        const box = input({ ...label, value: current, oninput: () => set(box.value) });
        return box;
      }
      return h('span', { class: 'muted' }, property.const === undefined ? 'edit it in the JSON' : String(current));
    }
  }
}

/**
 * @param {any} property
 * @returns {string[]}
 */
function typesOf(property) {
  const here = [property.type ?? []].flat();
  const inside = (property.anyOf ?? property.oneOf ?? []).flatMap(typesOf);
  return [...here, ...inside, ...(property.enum?.includes(null) ? ['null'] : [])];
}

/**
 * @param {any} property
 * @param {string[]} types
 */
function initial(property, types) {
  const choices = property.enum ?? property.anyOf?.find((/** @type {any} */ one) => one.enum)?.enum;
  if (choices) return choices[0];
  if (property.const !== undefined) return property.const;
  if (property.format === 'date-time') return new Date().toISOString();
  if (property.format === 'uuid') return crypto.randomUUID();
  const first = types.find((one) => one !== 'null') ?? 'string';
  return { boolean: true, number: 1, integer: 1, array: [], object: {}, string: 'text' }[first];
}
