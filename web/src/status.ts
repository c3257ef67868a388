/** @file Elements of the page, and the line that says how it stands. */

/** An element of the page by its id. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`#${id}: expected an element, got none`);
  return found;
}

/** One that takes something in. */
export const inputElement = (id: string): HTMLInputElement => element(id) as HTMLInputElement;

/** A new element. */
export function create<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** How it stands: `first` is when the first age is shown, and others are on their way. */
export type State = 'busy' | 'ready' | 'first' | 'done' | 'error';

/** Says how it goes; screen readers say it, too. */
export function say(text: string, state: State): void {
  element('status').textContent = text;
  document.body.dataset.state = state;
}

/** Lets the browser draw what was said, before something long. */
export const drawn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
