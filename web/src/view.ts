/** @file What the page shows. */

import type { RgbImage } from '../../src/images/pixels';
import type { Manifest } from './networks';
import { drawBlend, toCanvas } from './pictures';

/** A picture with its name, for a row. */
export interface Captioned {
  readonly name: string;
  readonly image: RgbImage;
  /** Shown in its place where masks are asked for. */
  readonly mask?: RgbImage | null;
}

/** An element of the page by its id. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`#${id}: expected an element, got none`);
  return found;
}

/** One that takes something in. */
export const inputElement = (id: string): HTMLInputElement => element(id) as HTMLInputElement;

/** How it stands. */
export type State = 'busy' | 'ready' | 'done' | 'error';

/** Says how it goes; screen readers say it, too. */
export function say(text: string, state: State): void {
  const status = element('status');
  status.textContent = text;
  status.className = state === 'error' ? 'error' : '';
  document.body.dataset.state = state;
}

function labelled(canvas: HTMLCanvasElement, name: string): HTMLCanvasElement {
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', name);
  return canvas;
}

/** A button that saves what a canvas shows. */
function download(canvas: HTMLCanvasElement, name: string): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'link';
  button.textContent = 'PNG';
  button.setAttribute('aria-label', `Download ${name} as PNG`);
  button.addEventListener('click', () => {
    canvas.toBlob((blob) => {
      if (blob === null) return;
      const link = document.createElement('a');
      link.href = URL.createObjectURL(blob);
      link.download = `${name}.png`;
      link.click();
      // the download has begun by then
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
  });
  return button;
}

function figureOf({ name, image, mask }: Captioned, of: string): HTMLElement {
  const figure = document.createElement('figure');
  const title = `${of}, ${name}`;
  const canvas = labelled(toCanvas(image), title);
  const caption = document.createElement('figcaption');
  caption.append(name, download(canvas, title));
  figure.append(canvas, caption);
  if (mask) {
    const masked = labelled(toCanvas(mask), `${title}: white where it was changed`);
    masked.className = 'mask';
    canvas.className = 'picture';
    figure.prepend(masked);
  }
  return figure;
}

/** Shows pictures in a row. */
export function showRow(home: HTMLElement, title: string, pictures: readonly Captioned[]): void {
  const heading = document.createElement('h2');
  heading.textContent = title;
  const row = document.createElement('div');
  row.className = 'row';
  // a row that is wider than the window is scrolled by the keyboard, too
  row.tabIndex = 0;
  row.setAttribute('role', 'group');
  row.setAttribute('aria-label', title);
  row.append(...pictures.map((picture) => figureOf(picture, title)));
  home.append(heading, row);
}

/** Shows one large picture that a slider moves through the ages. */
export function showSlider(pictures: readonly Captioned[]): void {
  const canvases = pictures.map(({ image }) => toCanvas(image));
  const slider = inputElement('slider');
  const [first] = pictures;
  if (first === undefined) return;
  const large = labelled(toCanvas(first.image), 'The photograph');
  const last = pictures.length - 1;
  const draw = (): void => {
    const at = Number(slider.value);
    const from = Math.min(last, Math.floor(at));
    const to = Math.min(last, from + 1);
    const a = canvases[from];
    const b = canvases[to];
    if (a && b) drawBlend(large, a, b, at - from);
    const name = pictures[Math.round(at)]?.name ?? '';
    element('group').textContent = name;
    slider.setAttribute('aria-valuetext', name);
    large.setAttribute('aria-label', `The photograph, ${name}`);
  };
  slider.max = String(last);
  slider.value = '0';
  slider.oninput = draw;
  element('large').replaceChildren(large);
  draw();
}

/** Says what is known of the model. */
export function describe(manifest: Manifest, backend: string): void {
  const { trained_on: data, step, weights } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    [
      'Generator',
      `${manifest.generator.kind}, ${manifest.image_size} × ${manifest.image_size} pixels`,
    ],
    ['Age groups', manifest.age_groups.map(({ name }) => name).join(', ')],
    ['Trained on', data ? `${data.faces} faces of ${data.source}` : 'not known'],
    ['Steps', step === null ? 'not known' : String(step)],
    ['Licence', manifest.licence],
    ...(weights
      ? [
          [
            'Weights',
            `${weights.type}; a colour differs from that of the trained ones by ${weights.error_max.toFixed(2)} levels of 255 at most`,
          ] as const,
        ]
      : []),
    ['Computes with', backend],
  ];
  element('about').replaceChildren(
    ...facts.flatMap(([name, value]) => {
      const term = document.createElement('dt');
      const definition = document.createElement('dd');
      term.textContent = name;
      definition.textContent = value;
      return [term, definition];
    }),
  );
}
