import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buf as crc32 } from 'crc-32';
import sharp from 'sharp';
import { decodeImage, encodeJpeg } from '../../src/images/image';
import { countScans, MOST_SCANS } from '../../src/images/picture-header';
import { manyFrames, manyScans, pngBombs } from '../support/bombs';
import { temporaryFolders } from '../support/temporary';
import type { RgbImage } from '../../src/images/pixels';
import { subtractMean, toUnitRange, fromUnitRange } from '../../src/images/pixels';
import { resizeBilinearLegacy, resizeOpenCv } from '../../src/images/resize';

const newFolder = temporaryFolders();

/** A grey picture, one number a pixel. */
const grey = (values: number[], width: number): RgbImage => ({
  data: Uint8Array.from(values.flatMap((value) => [value, value, value])),
  width,
  height: values.length / width,
});
const firstChannel = (values: ArrayLike<number>): number[] =>
  Array.from(values).filter((_, i) => i % 3 === 0);

test('the legacy resize reads at i · in / out, without half-pixel centres', () => {
  // 2 → 4: positions 0, 0.5, 1, 1.5; the last one has no neighbour and repeats the edge
  const row = firstChannel(resizeBilinearLegacy(grey([0, 100, 0, 100], 2), 4)).slice(0, 4);
  expect(row).toEqual([0, 50, 100, 100]);
});

test('OpenCV’s resize has half-pixel centres and rounds to whole grey levels', () => {
  // 2 → 4: positions -0.25, 0.25, 0.75, 1.25, clamped to 0 and 1
  const row = firstChannel(resizeOpenCv(grey([0, 101, 0, 101], 2), 4)).slice(0, 4);
  expect(row).toEqual([0, 25, 76, 101]);
});

test('OpenCV’s resize enlarges as OpenCV 5.0 does, rows beyond the edge included', () => {
  const expected = [
    ...[
      248, 240, 217, 194, 192, 190, 190, 242, 234, 211, 187, 178, 169, 166, 225, 216, 192, 167, 137,
      106, 96,
    ],
    ...[
      207, 198, 173, 147, 95, 43, 26, 220, 202, 147, 93, 104, 116, 120, 233, 205, 122, 39, 114, 188,
      213,
    ],
    ...[237, 206, 113, 21, 117, 213, 245],
  ];
  expect(
    firstChannel(resizeOpenCv(grey([248, 194, 190, 207, 147, 26, 237, 21, 245], 3), 7)),
  ).toEqual(expected);
});

test('OpenCV’s resize to the same size changes nothing', () => {
  const image = grey([1, 2, 3, 4], 2);
  expect([...resizeOpenCv(image, 2)]).toEqual([...image.data]);
});

test('the mean is subtracted as 104, 117, 124 from R, G and B', () => {
  expect([...subtractMean([104, 117, 124, 255, 0, 0])]).toEqual([0, 0, 0, 151, -117, -124]);
});

test('grey levels and [-1, 1] are each other’s inverse', () => {
  const levels = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect([...fromUnitRange(toUnitRange(levels))]).toEqual([...levels]);
  expect([...fromUnitRange([-1.5, 1.5])]).toEqual([0, 255]);
});

describe('decoding', () => {
  const red = { r: 200, g: 10, b: 20 };
  const canvas = (channels: 3 | 4 = 3, alpha = 1) =>
    sharp({ create: { width: 4, height: 2, channels, background: { ...red, alpha } } });
  const decoded = async (name: string, bytes: Buffer): Promise<RgbImage> => {
    const file = path.join(newFolder(), name);
    writeFileSync(file, bytes);
    return decodeImage(file);
  };

  test('a PNG keeps its colours', async () => {
    const { data, width, height } = await decoded('a.png', await canvas().png().toBuffer());
    expect([width, height, data.length, ...data.slice(0, 3)]).toEqual([4, 2, 24, 200, 10, 20]);
  });

  test('transparency is laid on white', async () => {
    const { data } = await decoded('a.png', await canvas(4, 0).png().toBuffer());
    expect([...data.slice(0, 3)]).toEqual([255, 255, 255]);
  });

  test('grey and 16-bit pictures become 8-bit RGB', async () => {
    const { data } = await decoded(
      'a.png',
      await sharp(Uint16Array.from([0, 65535]), { raw: { width: 2, height: 1, channels: 1 } })
        .toColourspace('grey16')
        .png()
        .toBuffer(),
    );
    expect([...data]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  test('an EXIF orientation is applied', async () => {
    const { width, height } = await decoded(
      'a.jpg',
      await canvas().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    );
    expect([width, height]).toEqual([2, 4]);
  });

  test('CMYK becomes RGB', async () => {
    const { data } = await decoded('a.jpg', await canvas().toColourspace('cmyk').jpeg().toBuffer());
    expect(data.length).toBe(24);
    expect(data[0]).toBeGreaterThan(data[1]! + 60);
  });

  test('a text named .jpg is one clear error', async () => {
    await expect(decoded('a.jpg', Buffer.from('no picture'))).rejects.toThrow(
      /a\.jpg: expected a whole picture .*, got no picture by its first bytes/,
    );
  });

  test('a JPEG that is cut off is an error, not half a face', async () => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const whole = await encodeJpeg({ data: noise, width: 64, height: 64 });
    await expect(decoded('a.jpg', whole.subarray(0, whole.length / 2))).rejects.toThrow(
      'expected a whole picture',
    );
  });

  test('a drawing is refused: it could take for ever', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    await expect(decoded('a.png', Buffer.from(svg))).rejects.toThrow(
      'got no picture by its first bytes',
    );
  });

  test('a JPEG that goes over its pixels hundreds of times is refused', async () => {
    const { width, height } = await decoded('a.jpg', manyScans(1024, MOST_SCANS));
    expect([width, height]).toEqual([1024, 1024]);
    await expect(decoded('a.jpg', manyScans(1024, MOST_SCANS + 1))).rejects.toThrow(
      'got a JPEG of 101 scans, more than 100',
    );
  });

  test('the scans of a thumbnail in the metadata are not those of the picture', async () => {
    const picture = canvas().jpeg({ progressive: true });
    const plain = await picture.toBuffer();
    const scans = countScans(plain);
    expect(scans).toBeGreaterThan(3);
    expect(countScans(await canvas().jpeg().toBuffer())).toBe(1);
    expect(countScans(await canvas().png().toBuffer())).toBe(0);
    const thumbnail = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 0]), plain]);
    thumbnail.writeUInt16BE(thumbnail.length - 2, 2);
    expect(countScans(Buffer.concat([plain.subarray(0, 2), thumbnail, plain.subarray(2)]))).toBe(
      scans,
    );
    // no byte more, and no end: it ends all the same
    for (let end = 0; end < plain.length; end++)
      expect(countScans(plain.subarray(0, end))).toBeLessThanOrEqual(scans);
  });

  test('a row of tens of millions of pixels is refused by its header', async () => {
    const small = await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const wide = Buffer.from(small);
    const WIDTH_AT = 16;
    wide.writeUInt32BE(2 ** 26, WIDTH_AT);
    // the header's own checksum
    wide.writeInt32BE(crc32(wide.subarray(12, 29)), 29);
    await expect(decodeImage(wide, 'wide.png')).rejects.toThrow(
      'wide.png: expected a whole picture (JPEG, PNG, WebP, GIF, TIFF), got 67108864 x 1 pixels, a side of more than 65535.',
    );
  });

  test('what unpacks to half a gigabyte is decoded as far as the picture goes', async () => {
    const most = (): number => process.resourceUsage().maxRSS / 1024;
    const bombs = { ...pngBombs(), frames: await manyFrames(2000) };
    const before = most();
    for (const [name, bytes] of Object.entries(bombs)) {
      const { width, height } = await decodeImage(bytes, name);
      const side = name === 'frames' ? 32 : 64;
      expect([name, width, height]).toEqual([name, side, side]);
    }
    expect(most() - before).toBeLessThan(100);
  });
});
