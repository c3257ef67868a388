/** @file Keeps the page in the browser, so that it opens without a network. */

import { element } from './status';

/** Keeps every file of the page, where the browser has a place for them; says so when they are there. */
export async function keepForOffline(): Promise<void> {
  // not there where a page comes over plain http
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  // a browser without a place, as in private windows: the page works, but not without a network
  const isKept = await workers.register('service-worker.js').then(
    () => workers.ready.then(() => true),
    () => false,
  );
  element('offline').hidden = !isKept;
}
