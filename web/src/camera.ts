/** @file Takes a picture with the camera. */

import { canvasOf, context } from './pictures';
import { SaidError } from './said-error';
import { element } from './status';

/** What cameras are asked for; they give what they can. */
const WANTED = { video: { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 960 } } };

/** What is wrong, by the name of the browser's error. */
const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError:
    'The camera may not be used here. Allow it in the settings of the browser for this page, or choose a photograph.',
  NotFoundError: 'No camera was found. Connect one, or choose a photograph.',
  NotReadableError: 'Another program has the camera. Close it, or choose a photograph.',
};

async function openStream(): Promise<MediaStream> {
  // not there where a page comes over plain http
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined)
    throw new SaidError(
      'Browsers give the camera only to pages that come over https. Choose a photograph.',
    );
  return devices.getUserMedia(WANTED).catch((cause: unknown) => {
    const name = cause instanceof DOMException ? cause.name : '';
    const reason = REASONS[name] ?? `The camera cannot be opened (${String(cause)}).`;
    throw new SaidError(reason, { cause });
  });
}

/** What the camera shows, as others see it, without the mirror. */
async function pictureOf(video: HTMLVideoElement): Promise<Blob> {
  const canvas = canvasOf(video.videoWidth, video.videoHeight);
  context(canvas).drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new SaidError('The camera shows nothing yet. Try again.');
  return blob;
}

/** Shows the camera until a picture is taken. @returns null where none was wanted @throws SaidError where there is no camera */
export async function openCamera(): Promise<Blob | null> {
  const stream = await openStream();
  const dialog = element('camera-dialog') as HTMLDialogElement;
  const video = element('camera-video') as HTMLVideoElement;
  const take = element('camera-take') as HTMLButtonElement;
  try {
    video.srcObject = stream;
    take.disabled = true;
    dialog.returnValue = '';
    dialog.showModal();
    const closed = new Promise((resolve) => {
      dialog.addEventListener('close', resolve, { once: true });
    });
    // nothing can be taken before there is something to see
    await Promise.race([closed, video.play().then(() => (take.disabled = false))]);
    await closed;
    return dialog.returnValue === 'take' ? await pictureOf(video) : null;
  } finally {
    dialog.close();
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
