import { parseSealed, sealedJson } from '../../src/files/sealed-json';

const CONTENT = { step: 12, rate: 0.1, nested: { list: [1, 'Zoë', null], more: { a: true } } };

test('what was sealed is read without its seal, and what never was as it is', () => {
  for (const space of [0, 2]) expect(parseSealed(sealedJson(CONTENT, space))).toEqual(CONTENT);
  for (const plain of [CONTENT, [1], 3, null, { digest: 'a'.repeat(64) }])
    expect(parseSealed(JSON.stringify(plain))).toEqual(plain);
});

test('any one bit that changes is found, that of the name of the seal included', () => {
  const whole = Buffer.from(sealedJson(CONTENT, 2));
  const unseen: number[] = [];
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
    try {
      parseSealed(bytes.toString('utf8'));
      unseen.push(bit);
    } catch {
      // found
    }
  }
  expect(unseen).toEqual([]);
});

test('a text that is cut off is no JSON', () => {
  const whole = sealedJson(CONTENT);
  for (let length = 0; length < whole.length; length++)
    expect(() => parseSealed(whole.slice(0, length))).toThrow(SyntaxError);
});
