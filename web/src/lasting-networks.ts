/** @file Networks that go on with the next backend where a graphics card fails in between. */

import { isGraphics } from './backend';
import type { BackendName } from './backend';
import { freeNetworks } from './networks';
import type { Networks } from './networks';
import { SaidError } from './said-error';

export class LastingNetworks {
  readonly #load: (failed: readonly BackendName[]) => Promise<Networks>;
  readonly #failed: BackendName[] = [];
  #networks: Promise<Networks>;

  /** Begins to load. @param load gets the backends that worked at first, and then did not */
  constructor(load: (failed: readonly BackendName[]) => Promise<Networks>) {
    this.#load = load;
    this.#networks = load([]);
  }

  /**
   * Does some work with them; from its beginning again where the graphics card fails.
   * @param work looks whether the graphics card has failed wherever it goes on after waiting for it
   * @throws what loading throws; what `work` throws, unless the graphics card failed
   */
  async use(work: (networks: Networks) => Promise<void>): Promise<void> {
    const networks = await this.#networks;
    const { backend } = networks;
    const problem = await Promise.race([
      work(networks).then(
        () => null,
        (error: unknown) => ({ error }),
      ),
      backend.health.failed.then(() => ({ error: null })),
    ]);
    // a lost graphics card may throw nothing, and show no face
    const isForeseen = problem === null || problem.error instanceof SaidError;
    if (!isGraphics(backend.name) || (isForeseen && !backend.health.hasFailed())) {
      if (problem !== null) throw problem.error;
      return;
    }
    console.warn(`${backend.name} failed`, problem?.error);
    this.#failed.push(backend.name);
    freeNetworks(networks);
    this.#networks = this.#load(this.#failed);
    await this.use(work);
  }
}
