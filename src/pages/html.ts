/** @file HTML that cannot hold a name unescaped: a tagged template, rows and tables, whole pages. */

const MARKUP = Symbol('markup');

/** HTML that is safe to stand in a page; only {@link html} and {@link raw} make it. */
export interface Html {
  readonly [MARKUP]: string;
}

/** What may stand in a hole: text and numbers are escaped, arrays joined, null, undefined and false are nothing. */
export type HtmlValue = Html | string | number | null | undefined | false | readonly HtmlValue[];

const isHtml = (value: object): value is Html => MARKUP in value;

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function filled(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value !== 'object') return escaped(String(value));
  return isHtml(value) ? markupOf(value) : value.map(filled).join('');
}

/** Text that is HTML already, such as a drawing of the chart library: nothing of it is escaped. */
export const raw = (markup: string): Html => ({ [MARKUP]: markup });

/** HTML as text, to be written or compared. */
export const markupOf = (value: Html): string => value[MARKUP];

/** HTML whose holes are escaped; an attribute's hole stands between quotes. */
export const html = (parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html =>
  raw(parts.map((part, i) => part + filled(values[i])).join(''));

/** Values one below the other. */
export const lines = (values: readonly HtmlValue[]): Html =>
  html`${values.map((value, i) => (i === 0 ? value : html`<br />${value}`))}`;

/** How a row's cells are made. */
export interface RowStyle {
  /** Cells are data without it. */
  readonly tag?: 'td' | 'th';
  readonly className?: string | undefined;
}

/** The attribute, or nothing. */
const classOf = (name: string | undefined): Html | null =>
  name === undefined ? null : html` class="${name}"`;

/** A row of a table, a cell a value. */
export function tableRow(
  cells: readonly HtmlValue[],
  { tag = 'td', className }: RowStyle = {},
): Html {
  const name = raw(tag);
  return html`<tr${classOf(className)}>${cells.map((cell) => html`<${name}>${cell}</${name}>`)}</tr>`;
}

/** What a table consists of. */
export interface Table {
  /** A heading a column; rows of one's own where that is not enough; none without it. */
  readonly head?: readonly HtmlValue[] | Html;
  readonly rows: readonly Html[];
  readonly className?: string | undefined;
}

/** A table with its headings. */
export function table({ head, rows, className }: Table): Html {
  const headings = head && ('map' in head ? tableRow(head, { tag: 'th' }) : head);
  return html`<table${classOf(className)}>
    ${
      headings &&
      html`<thead>
        ${headings}
      </thead>`
    }
    <tbody>${rows}</tbody>
  </table>`;
}

/** A page: what its tab says, its style sheet, and what it shows. */
export interface Page {
  readonly title: string;
  /** CSS of this program's own. */
  readonly style: string;
  readonly body: HtmlValue;
}

/** A whole document in English that fetches nothing, as text to be written. */
export const page = ({ title, style, body }: Page): string =>
  markupOf(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title}</title>
          <style>
            ${raw(style)}
          </style>
        </head>
        <body>
          ${body}
        </body>
      </html> `,
  );
