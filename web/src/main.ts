/** @file The page: a photograph in, its faces at other ages out, all of it in the browser. */

import { describe, showCard } from './about';
import { warmUpGenerator } from './age-faces';
import { warmUpFinder } from './find-faces';
import { takePhotographs } from './intake';
import { loadNetworks } from './networks';
import type { Networks } from './networks';
import { keepForOffline } from './offline';
import { sayError } from './said-error';
import { showPhotograph } from './show-photograph';
import { drawn, say } from './status';

/** Loads what computes, and has it ready. */
async function prepare(): Promise<Networks> {
  say('Loading the networks…', 'busy');
  const networks = await loadNetworks();
  describe(networks);
  say('Preparing the networks…', 'busy');
  await drawn();
  await warmUpFinder(networks);
  await warmUpGenerator(networks);
  return networks;
}

function start(): void {
  const ready = prepare();
  // the photograph that was chosen last; those before stop
  let latest = 0;
  let before: Promise<void> = ready.then(() => undefined);
  before.then(() => {
    if (latest === 0) say('Ready. Choose a photograph.', 'ready');
  }, sayError);
  takePhotographs((file, name) => {
    latest += 1;
    const own = latest;
    const show = async (networks: Networks): Promise<void> => {
      if (own === latest) await showPhotograph(networks, file, name, () => own === latest);
    };
    // one at a time
    before = before
      .then(() => ready)
      .then(show)
      .catch(sayError);
  });
  // after the networks, so that nothing is in their way
  void ready.then(showCard).then(keepForOffline).catch(console.error);
}

start();
