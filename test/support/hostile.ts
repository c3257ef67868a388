/** @file A name that would break a page if it stood there unescaped, in text or in an attribute. */

/** Opens a tag, ends an attribute, and starts a character reference. */
export const HOSTILE = `<b id="evil">&amp'`;

/** How often the name stands in a page, in every form that shows it as it is. @throws Error where it stands there unescaped */
export function countEscaped(page: string): number {
  for (const part of ['<b id', '"evil"', "&amp'"])
    if (page.includes(part)) throw new Error(`the page has ${part} of the name as it is`);
  const ours = page.split('&#60;b id=&#34;evil&#34;&#62;&#38;amp&#39;').length - 1;
  // the chart library's own
  return ours + page.split('&lt;b id=&quot;evil&quot;&gt;&amp;amp&#39;').length - 1;
}
