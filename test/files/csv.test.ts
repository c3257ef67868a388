import { parse } from 'csv-parse/sync';
import { csvOf } from '../../src/files/csv';

test('a line a row, numbers and truths as they are, nothing for nothing', () => {
  expect(
    csvOf(
      ['a', 'b', 'c'],
      [
        ['x', 1.5, null],
        [true, 1e-7, undefined],
      ],
    ),
  ).toBe('a,b,c\nx,1.5,\ntrue,1e-7,\n');
  expect(csvOf(['a'], [[Infinity], [NaN], [0], [false]])).toBe('a\nInfinity\nNaN\n0\nfalse\n');
  expect(csvOf(['a', 'b'], [])).toBe('a,b\n');
});

test('commas, quotes and ends of lines stay in their cell, a lone carriage return too', () => {
  const cells = ['a,b', 'say "no"', 'two\nlines', 'car\rriage', ' spaces ', 'Zoë'];
  const text = csvOf(['1', '2', '3', '4', '5', '6'], [cells]);
  expect(text).toBe('1,2,3,4,5,6\n"a,b","say ""no""","two\nlines","car\rriage", spaces ,Zoë\n');
  expect(parse(text, { from: 2 })).toEqual([cells]);
});
