import { barChart } from '../../src/pages/bar-chart';
import { markupOf } from '../../src/pages/html';
import { countEscaped, HOSTILE } from '../support/hostile';

/** The texts of a chart, in their order. */
const texts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');

const groups = [
  { label: 'young', parts: [3, 1] },
  { label: 'old', parts: [5, 0] },
  { label: 'nobody', parts: [0, 0] },
];

test('few bars have their counts over them, and parts their names in a legend', () => {
  const shown = texts(markupOf(barChart(groups, { width: 400, parts: ['train', 'test'] })));
  expect(shown).toEqual(expect.arrayContaining(['young', 'old', 'nobody', 'train', 'test']));
  // of both parts together
  expect(shown.filter((text) => text === '4' || text === '5')).toEqual(
    expect.arrayContaining(['4', '5']),
  );
});

test('parts of a bar stand one on the other, in colours of their own', () => {
  const [bar] = groups;
  const svg = markupOf(barChart([bar!], { width: 400, parts: ['train', 'test'] }));
  const boxes = [
    ...svg.matchAll(
      /<path d="M[\d.]+ ([\d.]+)l[\d.]+ 0l0 (-[\d.]+)l[^"]*" fill="(#0072b2|#d55e00)"/g,
    ),
  ].map(([, bottom, height, colour]) => ({
    bottom: Number(bottom),
    height: Number(height),
    colour,
  }));
  const [train, test] = ['#0072b2', '#d55e00'].map((colour) =>
    boxes.find((box) => box.colour === colour)!,
  );
  expect(test!.bottom).toBeCloseTo(train!.bottom + train!.height, 1);
  expect(train!.height / test!.height).toBeCloseTo(3, 1);
});

test('many bars have an axis instead of counts, and only as many labels as fit', () => {
  const many = Array.from({ length: 100 }, (_, i) => ({ label: `age ${i}`, parts: [1000 + i] }));
  const shown = texts(markupOf(barChart(many, { width: 400, parts: ['faces'] })));
  expect(shown).not.toContain('1050');
  expect(shown).not.toContain('faces');
  const labels = shown.filter((text) => text.startsWith('age'));
  expect(labels.length).toBeGreaterThan(1);
  expect(labels.length).toBeLessThan(15);
});

test('names are escaped; no bar is no error', () => {
  const svg = markupOf(
    barChart([{ label: HOSTILE, parts: [1, 1] }], {
      width: 400,
      title: HOSTILE,
      axis: HOSTILE,
      parts: [HOSTILE, 'b'],
    }),
  );
  expect(countEscaped(svg)).toBeGreaterThanOrEqual(4);
  expect(markupOf(barChart([], { width: 400, parts: ['a'] }))).toMatch(/^<svg/);
});
