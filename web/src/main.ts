/** @file The page: a photograph in, its faces at other ages out, all of it in the browser. */

import { describe, showCard } from './about';
import { warmUpGenerator } from './age-faces';
import type { BackendName } from './backend';
import { warmUpFinder } from './find-faces';
import { takePhotographs } from './intake';
import { LastingNetworks } from './lasting-networks';
import { loadNetworks } from './networks';
import type { Networks } from './networks';
import { keepForOffline } from './offline';
import { sayError } from './said-error';
import { showPhotograph } from './show-photograph';
import { drawn, say } from './status';

/** Loads what computes. @param failed backends that worked at first, and then did not */
async function load(failed: readonly BackendName[]): Promise<Networks> {
  say('Loading the networks…', 'busy');
  const networks = await loadNetworks(failed);
  describe(networks);
  return networks;
}

/** Has everything ready. */
async function warmUp(networks: Networks): Promise<void> {
  say('Preparing the networks…', 'busy');
  await drawn();
  await warmUpFinder(networks);
  await warmUpGenerator(networks);
}

function start(): void {
  const networks = new LastingNetworks(load);
  const ready = networks.use(warmUp);
  // the photograph that was chosen last; those before stop
  let latest = 0;
  let before = ready;
  before.then(() => {
    if (latest === 0) say('Ready. Choose a photograph.', 'ready');
  }, sayError);
  takePhotographs((file, name) => {
    latest += 1;
    const own = latest;
    const show = (shown: Networks): Promise<void> =>
      showPhotograph(shown, file, name, () => own === latest && !shown.backend.health.hasFailed());
    // one at a time
    before = before
      .then(() => ready)
      .then(() => (own === latest ? networks.use(show) : undefined))
      .catch(sayError);
  });
  // after the networks, so that nothing is in their way
  void ready.then(showCard).then(keepForOffline).catch(console.error);
}

start();
