/** @file Where photographs come from: a file that is chosen, dropped or pasted, a sample, the camera. */

import { openCamera } from './camera';
import { SaidError, sayError } from './said-error';
import { element, inputElement } from './status';

/** Takes a photograph. @param name of the file, for errors */
export type Take = (file: Blob, name: string) => void;

/** The first file of several. */
function takeFirst(take: Take, files: FileList | null | undefined): void {
  const file = files?.[0];
  if (file) take(file, file.name);
}

function takeChosen(take: Take): void {
  const input = inputElement('file');
  input.addEventListener('change', () => {
    takeFirst(take, input.files);
    // the same file may be chosen again
    input.value = '';
  });
}

function takeDropped(take: Take): void {
  const mark = (isOver: boolean): void => {
    element('drop').classList.toggle('over', isOver);
  };
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener('dragleave', () => mark(false));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    mark(false);
    const files = event.dataTransfer?.files;
    if (files?.length) takeFirst(take, files);
    else
      sayError(
        new SaidError('That was no file. Drop a photograph from a folder of this computer.'),
      );
  });
}

async function takeSample(take: Take, url: string, name: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new SaidError(`The sample is not there (${response.status}).`);
  take(await response.blob(), name);
}

/** Takes photographs from everywhere. */
export function takePhotographs(take: Take): void {
  takeChosen(take);
  takeDropped(take);
  document.addEventListener('paste', (event) => takeFirst(take, event.clipboardData?.files));
  for (const sample of document.querySelectorAll<HTMLButtonElement>('#samples button')) {
    const picture = sample.querySelector('img');
    sample.addEventListener('click', () => {
      takeSample(take, picture?.src ?? '', sample.textContent.trim()).catch(sayError);
    });
  }
  element('camera').addEventListener('click', () => {
    openCamera().then((blob) => {
      if (blob) take(blob, 'The picture of the camera');
    }, sayError);
  });
}
