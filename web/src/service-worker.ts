/**
 * @file Answers the page's requests with files that were kept when it was first loaded. A script, not a module: not every browser has
 * modules here. `export --to=web` writes PAGE before it.
 */

/** The page that this belongs to. */
declare const PAGE: {
  /** Another for every page that is not the same to the last byte. */
  readonly version: string;
  /** Paths of all files, from the page's folder. */
  readonly files: readonly string[];
};

/** What browsers tell a service worker; TypeScript's types of pages have none of it. */
interface LifeEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface AskEvent extends LifeEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(name: 'install' | 'activate', listener: (event: LifeEvent) => void): void;
  addEventListener(name: 'fetch', listener: (event: AskEvent) => void): void;
}

((worker: Worker): void => {
  // pages in other folders of this server have theirs
  const ours = `ipcgan ${worker.registration.scope} `;
  const current = ours + PAGE.version;

  async function keepAll(): Promise<void> {
    const cache = await caches.open(current);
    // past the browser's own memory, which may have files of another version
    await cache.addAll(PAGE.files.map((file) => new Request(file, { cache: 'reload' })));
    await worker.skipWaiting();
  }

  async function forgetOthers(): Promise<void> {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(ours) && name !== current);
    await Promise.all(old.map((name) => caches.delete(name)));
    await worker.clients.claim();
  }

  async function answer(request: Request): Promise<Response> {
    const cache = await caches.open(current);
    const kept = await cache.match(request, { ignoreSearch: true });
    return kept ?? fetch(request);
  }

  worker.addEventListener('install', (event) => event.waitUntil(keepAll()));
  worker.addEventListener('activate', (event) => event.waitUntil(forgetOthers()));
  worker.addEventListener('fetch', (event) => {
    const isOwn = event.request.url.startsWith(worker.registration.scope);
    if (event.request.method === 'GET' && isOwn) event.respondWith(answer(event.request));
  });
})(self as unknown as Worker);
