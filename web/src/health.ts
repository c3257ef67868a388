/** @file Whether what computes can still be trusted. */

/** Of a backend. */
export interface Health {
  /** Whether it has failed, as after a graphics card was lost. */
  hasFailed(): boolean;
  /** Resolves when it fails: who waits for a lost graphics card may wait for ever. */
  readonly failed: Promise<void>;
}

/** @param listen gets what is to be called when it fails @param isLost tells whether it has, where nobody has called yet */
export function watchHealth(
  listen: (fail: () => void) => void,
  isLost: () => boolean = () => false,
): Health {
  let hasFailed = false;
  const failed = new Promise<void>((resolve) =>
    listen(() => {
      hasFailed = true;
      resolve();
    }),
  );
  return { hasFailed: () => hasFailed || isLost(), failed };
}
