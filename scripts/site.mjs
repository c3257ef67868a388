// Writes the documentation as a small site, and tells of every link that leads nowhere: node scripts/site.mjs [FOLDER], by default site/.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import GithubSlugger from 'github-slugger';
import MarkdownIt from 'markdown-it';
import anchor from 'markdown-it-anchor';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const out = path.resolve(process.argv[2] ?? path.join(root, 'site'));
const MARK = '.ipcgan-site';

/** Pages, as paths from the root: the documentation, and what it leads to. */
const pages = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(path.join(root, 'models')).map((name) => `models/${name}/MODEL.md`),
].filter((page) => existsSync(path.join(root, page)));

const problems = [];
const anchors = new Map();
const links = [];

const pageFile = (page) => page.replace(/\.md$/, '.html');
const { escapeHtml } = new MarkdownIt().utils;

/** A page's Markdown as HTML; links between pages become links between files of the site, and what they point at is kept to be looked for. */
function render(page) {
  const slugger = new GithubSlugger();
  const slugs = new Set();
  const markdown = new MarkdownIt({ html: false, linkify: false });
  markdown.use(anchor, {
    slugify: (text) => {
      const slug = slugger.slug(text);
      slugs.add(slug);
      return slug;
    },
    uniqueSlugStartIndex: 1,
  });
  let title = '';
  const tokens = markdown.parse(readFileSync(path.join(root, page), 'utf8'), {});
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'heading_open' && token.tag === 'h1') title ||= tokens[i + 1].content;
    for (const child of token.children ?? []) {
      const name = child.type === 'image' ? 'src' : 'href';
      const target = child.attrGet(name);
      if (target === null || /^[a-z]+:/.test(target)) continue;
      const [file, hash = ''] = target.split('#');
      const to =
        file === '' ? page : path.posix.normalize(path.posix.join(path.posix.dirname(page), file));
      links.push({ page, target, to, hash });
      const isPage = pages.includes(to);
      if (!isPage && existsSync(path.join(root, to)) && !to.startsWith('docs/images/'))
        others.add(to);
      if (isPage)
        child.attrSet(
          name,
          `${path.posix.relative(path.posix.dirname(page), pageFile(to)) || path.posix.basename(pageFile(to))}${hash ? `#${hash}` : ''}`,
        );
    }
  }
  const body = markdown.renderer.render(tokens, markdown.options, {});
  anchors.set(page, slugs);
  return { title, body };
}

const others = new Set();
const rendered = new Map(pages.map((page) => [page, render(page)]));
for (const { page, target, to, hash } of links) {
  const known = anchors.get(to);
  if (!known && !existsSync(path.join(root, to)))
    problems.push(`${page}: expected a file at ${target}, got none`);
  else if (known && hash !== '' && !known.has(hash))
    problems.push(`${page}: expected a heading #${hash} in ${to}, got none`);
}
const index = readFileSync(path.join(root, 'docs', 'index.md'), 'utf8');
for (const page of pages.filter((name) => name.startsWith('docs/') && name !== 'docs/index.md'))
  if (!index.includes(`](${path.basename(page)})`))
    problems.push(`docs/index.md: expected a link to ${page}, got none`);
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exit(1);
}

/** The contents beside every page: what docs/index.md lists. */
function contents(page) {
  const to = (file) => path.posix.relative(path.posix.dirname(page), file);
  return index
    .split('\n')
    .map((line) => {
      const [, heading] = /^## (.+)/.exec(line) ?? [];
      if (heading) return `<h2>${escapeHtml(heading)}</h2>`;
      const [, title, file] = /^- \[(.+?)\]\((.+?)\)/.exec(line) ?? [];
      if (!file) return '';
      const target = `docs/${file}`;
      const here = target === page ? ' aria-current="page"' : '';
      return `<a href="${to(pageFile(target))}"${here}>${escapeHtml(title)}</a>`;
    })
    .join('');
}

const STYLE = `:root{color-scheme:light dark;--text:#1d1f23;--back:#fff;--soft:#f4f5f7;--line:#d9dce1;--link:#1f5fae}
@media(prefers-color-scheme:dark){:root{--text:#e4e6ea;--back:#15171a;--soft:#1f2226;--line:#363a41;--link:#8ab8f5}}
*{box-sizing:border-box}body{margin:0;font:16px/1.6 system-ui,sans-serif;color:var(--text);background:var(--back)}
a{color:var(--link)}.layout{display:flex;max-width:1240px;margin:0 auto}
nav{flex:0 0 220px;padding:24px 16px;position:sticky;top:0;align-self:flex-start;max-height:100vh;overflow:auto}
nav a{display:block;padding:3px 8px;border-radius:5px;text-decoration:none}nav a[aria-current]{background:var(--soft);font-weight:600}
nav h2{font-size:.8em;margin:1.3em 8px .3em;opacity:.7;border:0;padding:0}nav .home{font-weight:700;font-size:1.15em}
main{flex:1;min-width:0;padding:24px 32px 80px;max-width:860px}
h1,h2,h3{line-height:1.25}h2{margin-top:2em;padding-bottom:.2em;border-bottom:1px solid var(--line)}
img{max-width:100%;height:auto}pre{background:var(--soft);padding:12px 16px;border-radius:8px;overflow-x:auto}code{font-size:.88em;background:var(--soft);border-radius:4px;padding:.1em .3em;overflow-wrap:break-word}
pre code{padding:0;background:none}table{border-collapse:collapse;display:block;overflow-x:auto;font-size:.92em}th,td{border:1px solid var(--line);padding:5px 10px;text-align:left;vertical-align:top}th{background:var(--soft)}
@media(max-width:760px){.layout{display:block}nav{position:static;max-height:none;border-bottom:1px solid var(--line);columns:2}main{padding:16px}}`;

// only what this script made is replaced
if (existsSync(out) && readdirSync(out).length > 0 && !existsSync(path.join(out, MARK))) {
  process.stderr.write(
    `${out}: expected an empty folder or a site made before, got other files. Choose another folder.\n`,
  );
  process.exit(1);
}
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
writeFileSync(path.join(out, MARK), '');
for (const [page, { title, body }] of rendered) {
  const file = path.join(out, pageFile(page));
  mkdirSync(path.dirname(file), { recursive: true });
  const home = path.posix.relative(path.posix.dirname(page), 'docs/index.html');
  writeFileSync(
    file,
    `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(title)} – ipcgan</title>
<style>${STYLE}</style><div class="layout"><nav aria-label="Pages"><a class="home" href="${home}">ipcgan</a>${contents(page)}</nav><main>${body}</main></div></html>
`,
  );
}
cpSync(path.join(root, 'docs', 'images'), path.join(out, 'docs', 'images'), { recursive: true });
for (const other of others) {
  mkdirSync(path.dirname(path.join(out, other)), { recursive: true });
  cpSync(path.join(root, other), path.join(out, other), { recursive: true });
}
writeFileSync(
  path.join(out, 'index.html'),
  '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=docs/index.html"><title>ipcgan</title><a href="docs/index.html">ipcgan</a>\n',
);
process.stdout.write(
  `${path.relative(process.cwd(), out) || out}: ${pages.length} pages; open index.html\n`,
);
