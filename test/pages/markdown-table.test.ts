import { markdownTable } from '../../src/pages/markdown-table';

test('a cell stays one cell and one line, whatever it holds', () => {
  expect(
    markdownTable(
      ['a', 'b'],
      [
        ['x|y', 'C:\\|'],
        ['two\nlines', ''],
      ],
    ),
  ).toBe(['| a | b |', '| --- | --- |', '| x\\|y | C:\\\\\\| |', '| two lines |  |'].join('\n'));
});
