/**
 * A payload as indented JSON, with violations at their place and the description of each property.
 */

import { h } from '/page/dom.js';
import { visible } from '/page/format.js';

/**
 * @param {unknown} payload
 * @param {Violation[]} violations
 * @param {any} schema The JSON Schema of the event type; null if it is unknown.
 */
export function payloadView(payload, violations, schema) {
  /** @type {Map<string, string[]>} */
  const wrong = new Map();
  for (const { path, message } of violations) wrong.set(path, [...(wrong.get(path) ?? []), message]);
  const lines = [...linesOf(payload, '', '', schema, 0, '')];
  const drawn = lines.map((line) => {
    const messages = wrong.get(line.pointer) ?? [];
    if (line.opens) wrong.delete(line.pointer);
    const marks = line.opens ? messages : [];
    return h('div', { class: marks.length ? 'line wrong' : 'line' },
      h('code', {}, `${'  '.repeat(line.depth)}${visible(line.text)}`),
      line.opens && line.description && h('span', { class: 'about' }, line.description),
      marks.map((text) => h('strong', { class: 'violation' }, visible(text))),
    );
  });
  // Of properties that are missing: their place is not in the payload.
  const missing = [...wrong].flatMap(([pointer, messages]) =>
    messages.map((text) => h('div', { class: 'line wrong' },
      h('strong', { class: 'violation' }, visible(`${pointer || 'the payload'} ${text}`)))),
  );
  return h('div', { class: 'json', tabindex: 0, role: 'group', 'aria-label': 'Payload' }, missing, drawn);
}

/**
 * @typedef {{depth: number, text: string, pointer: string, opens: boolean, description: string}} Line
 *
 * @param {any} value
 * @param {string} pointer
 * @param {string} label
 * @param {any} schema
 * @param {number} depth
 * @param {string} comma
 * @returns {Generator<Line>}
 */
function* linesOf(value, pointer, label, schema, depth, comma) {
  const description = depth ? (schema?.description ?? '') : '';
  const line = { depth, pointer, opens: true, description };
  if (value === null || typeof value !== 'object') {
    yield { ...line, text: `${label}${JSON.stringify(value)}${comma}` };
    return;
  }
  const list = Array.isArray(value);
  const [open, close] = list ? '[]' : '{}';
  const entries = Object.entries(value);
  if (!entries.length) {
    yield { ...line, text: `${label}${open}${close}${comma}` };
    return;
  }
  yield { ...line, text: `${label}${open}` };
  for (const [place, [name, item]] of entries.entries()) {
    yield* linesOf(
      item,
      `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      list ? '' : `${JSON.stringify(name)}: `,
      list ? schema?.items : schema?.properties?.[name],
      depth + 1,
      place < entries.length - 1 ? ',' : '',
    );
  }
  yield { ...line, opens: false, text: close + comma };
}
