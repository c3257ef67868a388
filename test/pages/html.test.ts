import { html, lines, markupOf, page, raw, table, tableRow } from '../../src/pages/html';
import { countEscaped, HOSTILE } from '../support/hostile';

test('text is escaped in a hole, between tags and in an attribute; what is HTML is not', () => {
  expect(markupOf(html`<p title="${`"&'`}">${'<i>'} ${html`<b>${'so'}</b>`}</p>`)).toBe(
    '<p title="&#34;&#38;&#39;">&#60;i&#62; <b>so</b></p>',
  );
  expect(markupOf(html`${raw('<hr>')}`)).toBe('<hr>');
  expect(countEscaped(markupOf(html`<p title="${HOSTILE}">${HOSTILE}</p>`))).toBe(2);
});

test('an array is joined, zero is shown, and nothing is nothing', () => {
  expect(markupOf(html`${['<', [0, html`<hr />`]]}|${null}${undefined}${false}${[]}|`)).toBe(
    '&#60;0<hr />||',
  );
});

test('an object that only looks like HTML is no HTML', () => {
  // @ts-expect-error HTML is wanted, and text is none
  const attempt = (): string => markupOf('<b>');
  expect(attempt()).toBeUndefined();
  // @ts-expect-error `true` would show as a word
  expect(markupOf(html`${true}`)).toBe('true');
});

test('rows, tables and lines', () => {
  expect(markupOf(tableRow(['<', 2, null]))).toBe('<tr><td>&#60;</td><td>2</td><td></td></tr>');
  expect(markupOf(tableRow(['a'], { tag: 'th', className: 'x"y' }))).toBe(
    '<tr class="x&#34;y"><th>a</th></tr>',
  );
  const rows = [tableRow([1]), tableRow([2])];
  const text = (value: Parameters<typeof markupOf>[0]): string =>
    markupOf(value).replace(/\n */g, '');
  expect(text(table({ head: ['a'], rows, className: 'left' }))).toBe(
    '<table class="left"><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody></table>',
  );
  expect(text(table({ head: html`<tr></tr>`, rows: [] }))).toBe(
    '<table><thead><tr></tr></thead><tbody></tbody></table>',
  );
  expect(text(table({ rows: [] }))).toBe('<table><tbody></tbody></table>');
  expect(markupOf(lines(['a', '<', 'c']))).toMatch(/^a<br ?\/?>&#60;<br ?\/?>c$/);
});

test('a page is a whole document, in English and UTF-8, with its title escaped and its style as it is', () => {
  const document = page({ title: '</title>', style: 'a>b{color:red}', body: html`<h1>x</h1>` });
  expect(document).toMatch(/^<!doctype html>\s*<html lang="en">\s*<head>\s*<meta charset="utf-8"/);
  expect(document).toContain('<title>&#60;/title&#62;</title>');
  expect(document).toMatch(/<style>\s*a>b\{color:red\}\s*<\/style>/);
  expect(document).toMatch(/<body>\s*<h1>x<\/h1>\s*<\/body>\s*<\/html>\s*$/);
});
