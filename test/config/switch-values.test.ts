import { takeSwitchValues, withSwitchValues } from '../../src/cli/switches';
import { resolveConfig } from '../../src/config/load';
import { VERB_KEYS } from '../../src/config/schema';

/** Flags of a command line of train that are left to the parser, and values of switches. */
const take = (...argv: string[]) => takeSwitchValues(argv, VERB_KEYS.train);

test('a switch that has a value keeps it: the parser would take any for off', () => {
  expect(take('train', '--fresh_sources=maybe', '--seed=3', '--augment')).toEqual({
    rest: ['train', '--seed=3', '--augment'],
    values: [['fresh_sources', 'maybe']],
  });
  expect(take('--resume=auto').values).toEqual([['resume', 'auto']]);
  // a word behind a switch is its value only where it knows it
  expect(take('--resume', 'auto', '--dry_run', 'auto')).toEqual({
    rest: ['--dry_run', 'auto'],
    values: [['resume', 'auto']],
  });
  expect(() => resolveConfig('train', withSwitchValues({}, [['fresh_sources', 'maybe']]))).toThrow(
    '--fresh_sources: expected true or false, got maybe.',
  );
  expect(() =>
    resolveConfig('train', withSwitchValues({ resume: true }, [['resume', 'auto']])),
  ).toThrow('--resume: expected it once, got it twice. Leave one out.');
});
