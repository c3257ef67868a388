/** @file The page: a photograph in, its faces at other ages out, all of it in the browser. */

import type { RgbImage } from '../../src/images/pixels';
import { ageFace, inputOf, pasteFace } from './age-faces';
import type { AgedFace } from './age-faces';
import { findFaces } from './find-faces';
import { loadNetworks } from './networks';
import type { Networks } from './networks';
import { readPhotograph } from './pictures';
import { SaidError } from './said-error';
import { describe, element, inputElement, say, showRow, showSlider } from './view';

const SAMPLE = 'sample.png';

/** Lets the browser draw what was said. */
const drawn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

function sayError(error: unknown): void {
  if (error instanceof SaidError) {
    say(error.message, 'error');
    return;
  }
  console.error(error);
  say(
    `Something went wrong: ${error instanceof Error ? error.message : String(error)}. Load the page again; if it stays, a smaller picture may help.`,
    'error',
  );
}

/** Finds faces, ages them, puts them back, shows it all. */
async function showPhotograph(networks: Networks, file: Blob, name: string): Promise<void> {
  element('result').hidden = true;
  say('Looking for faces…', 'busy');
  await drawn();
  const started = performance.now();
  const { image, isSmaller } = await readPhotograph(file, name);
  const faces = await findFaces(networks, image);
  const inputs = faces.map((face) => inputOf(networks, face));
  const groups = networks.manifest.age_groups.map((group) => group.name);
  const aged: AgedFace[][] = faces.map(() => []);
  const photographs: RgbImage[] = [];
  for (const [group, groupName] of groups.entries()) {
    say(
      `Showing ${faces.length === 1 ? 'the face' : `${faces.length} faces`} at ${groupName}…`,
      'busy',
    );
    await drawn();
    let pasted = image;
    for (const [i, face] of faces.entries()) {
      const input = inputs[i] ?? face.crop;
      const shown = await ageFace(networks, input, group);
      aged[i]?.push(shown);
      pasted = pasteFace(pasted, input, shown, face);
    }
    photographs.push(pasted);
  }
  const original = { name: 'original', image };
  const pictures = [
    original,
    ...photographs.map((photograph, i) => ({ name: groups[i] ?? '', image: photograph })),
  ];
  showSlider(pictures);
  element('photographs').replaceChildren();
  element('faces').replaceChildren();
  showRow(element('photographs'), 'Photograph', pictures);
  for (const [i, shown] of aged.entries()) {
    const input = inputs[i];
    showRow(element('faces'), faces.length === 1 ? 'Face' : `Face ${i + 1}`, [
      ...(input ? [{ name: 'original', image: input }] : []),
      ...shown.map((face, group) => ({ ...face, name: groups[group] ?? '' })),
    ]);
  }
  element('mask-choice').hidden = aged.every((shown) => shown.every(({ mask }) => mask === null));
  element('result').hidden = false;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(
    `${faces.length === 1 ? 'One face' : `${faces.length} faces`} at ${groups.length} age groups, in ${seconds} s.${isSmaller ? ' The photograph was made smaller: this browser cannot hold it whole.' : ''}`,
    'done',
  );
}

/** Shows one photograph after the other; of those that come while one is at work, the last. */
function photographQueue(networks: Promise<Networks>): (file: Blob, name: string) => void {
  let waiting: { readonly file: Blob; readonly name: string } | null = null;
  let isBusy = false;
  const work = async (): Promise<void> => {
    isBusy = true;
    while (waiting !== null) {
      const { file, name } = waiting;
      waiting = null;
      await networks.then((loaded) => showPhotograph(loaded, file, name)).catch(sayError);
    }
    isBusy = false;
  };
  return (file, name) => {
    waiting = { file, name };
    if (!isBusy) void work();
  };
}

function start(): void {
  const networks = loadNetworks();
  const show = photographQueue(networks);
  networks.then(({ manifest, backend }) => {
    describe(manifest, backend);
    if (element('status').textContent.startsWith('Loading'))
      say(
        backend === 'cpu'
          ? 'Ready. This browser has no WebGL: a face takes a minute or so.'
          : 'Ready. Choose a photograph.',
        'ready',
      );
  }, sayError);
  const showFirst = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file) show(file, file.name);
  };
  const input = inputElement('file');
  input.addEventListener('change', () => {
    showFirst(input.files);
    // the same file may be chosen again
    input.value = '';
  });
  document.addEventListener('paste', (event) => showFirst(event.clipboardData?.files));
  const drop = element('drop');
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', () => drop.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    const files = event.dataTransfer?.files;
    if (files?.length) showFirst(files);
    else say('That was no file. Drop a photograph from a folder of this computer.', 'error');
  });
  const showMask = inputElement('show-mask');
  showMask.addEventListener('change', () => {
    document.body.classList.toggle('masks', showMask.checked);
  });
  const showSample = (): void => {
    if (location.hash !== '#sample') return;
    // so that the link works again
    history.replaceState(null, '', location.pathname);
    void fetch(SAMPLE)
      .then((response) => response.blob())
      .then((blob) => show(blob, SAMPLE), sayError);
  };
  addEventListener('hashchange', showSample);
  showSample();
}

start();
