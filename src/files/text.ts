/** @file Text as other programs save it: which encoding it is in is read off its bytes. */

/** Share of zero bytes at every other place from which on a text without a mark is UTF-16: Latin letters have one each. */
const ZEROS = 0.3;

function encodingOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const zeros = [0, 0];
  const looked = bytes.subarray(0, 1000);
  looked.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) > (ZEROS * looked.length) / 2)
    return odd > even ? 'utf-16le' : 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/**
 * The text of a file: UTF-8, UTF-16, or, where the bytes are no UTF-8, Windows' Western code page, which is what spreadsheets save.
 * A byte order mark is not part of it.
 */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}
