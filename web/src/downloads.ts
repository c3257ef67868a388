/** @file Saves what is shown: the photograph at an age as PNG, the way through all ages as a video. */

import { drawAges, fitTo, wholeOf } from './aged-photograph';
import type { AgedPhotograph } from './aged-photograph';
import { morphType, recordMorph } from './morph';
import { SaidError, sayError } from './said-error';
import type { Stage } from './stage';
import { element, say } from './status';

/** Lets the browser save a file. */
function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // the download has begun by then
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The photograph at a position, at full size. */
async function pictureOf(photograph: AgedPhotograph, position: number): Promise<Blob> {
  const canvas = document.createElement('canvas');
  drawAges(fitTo(canvas, wholeOf(photograph), 1), photograph, position);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null)
    throw new SaidError('The picture is too large to be saved here. Take a smaller photograph.');
  return blob;
}

/** Buttons that save the whole photograph, and a video of what the stage shows of it. @param names of the positions */
export function offerDownloads(
  photograph: AgedPhotograph,
  names: readonly string[],
  { position, part }: Pick<Stage, 'position' | 'part'>,
): { enable(): void } {
  const picture = element('save-picture') as HTMLButtonElement;
  const video = element('save-video') as HTMLButtonElement;
  const type = morphType();
  video.hidden = type === null;
  for (const button of [picture, video]) button.disabled = true;
  picture.onclick = () => {
    const at = position();
    const name = names[Math.round(at)] ?? '';
    void pictureOf(photograph, at).then(
      (blob) => save(blob, `face at ${name.replace('+', ' and over')}.png`),
      sayError,
    );
  };
  const record = async (): Promise<void> => {
    const words = (share: number): string =>
      `Recording the video: ${Math.floor(10 * share) * 10} %. Leave this page in front.`;
    const blob = await recordMorph(photograph, part(), names.length - 1, (share) => {
      const text = words(share);
      // only what is new is said
      if (element('status').textContent !== text) say(text, 'first');
    });
    save(blob, `face at all ages.${blob.type.split('/')[1] ?? 'webm'}`);
    say('The video is saved.', 'done');
  };
  video.onclick = () => {
    video.disabled = true;
    void record()
      .catch(sayError)
      .finally(() => (video.disabled = false));
  };
  return {
    enable: () => {
      for (const button of [picture, video]) button.disabled = false;
    },
  };
}
