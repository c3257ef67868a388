/** @file The python3 and pip that fetch the engine: what they must be, and which settings of the user's would stop them half-way. */

import { MachineError } from '../../errors';
import { lastWords, runCommand } from './run-command';
import type { CommandResult } from './run-command';
import type { EngineBuild } from './versions';

/** The oldest python3 that our programs for it run on. */
const OLDEST_PYTHON = [3, 6];
/** The oldest pip that takes the arguments, and the names of the wheels: CUDA's are chosen by the machine, TensorFlow's by name. */
const OLDEST_PIP: Readonly<Record<EngineBuild, readonly number[]>> = {
  cpu: [19, 2],
  cuda: [20, 3],
};

/** Settings by which pip puts files elsewhere, takes others, or refuses; index and proxy are not among them. */
const MISLEADING = [
  ...['abi', 'dry-run', 'editable', 'implementation', 'no-binary', 'only-binary', 'platform'],
  ...['prefix', 'python', 'python-version', 'report', 'requirement', 'root', 'target'],
];
/** Of these, the ones that a flag of ours does not override where they stand in one of pip's files. */
const STOPPERS: Readonly<Record<EngineBuild, readonly string[]>> = {
  cpu: ['abi', 'editable', 'implementation', 'python', 'requirement'],
  cuda: [
    ...['abi', 'editable', 'implementation', 'platform', 'prefix', 'python', 'python-version'],
    ...['requirement', 'root'],
  ],
};

/** What pip is started with, wherever the user's settings say otherwise: variables win over pip's files. */
export const PIP_ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    MISLEADING.map((name) => [`PIP_${name.toUpperCase().replaceAll('-', '_')}`, undefined]),
  ),
  PIP_CONSTRAINT: '/dev/null',
  PIP_DRY_RUN: '0',
  PIP_PROGRESS_BAR: 'off',
  PIP_REQUIRE_HASHES: '0',
  PIP_REQUIRE_VIRTUALENV: '0',
  PIP_USER: '0',
};

/** Runs `python3 -m pip`. @param environment wins over {@link PIP_ENVIRONMENT} */
export const runPip = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<CommandResult> =>
  runCommand('python3', ['-m', 'pip', ...args], { ...PIP_ENVIRONMENT, ...environment });

/** Whether python3 with pip is there. */
export const hasPip = async (): Promise<boolean> => (await runPip(['--version'])).exitCode === 0;

const isOlder = (version: readonly number[], than: readonly number[]): boolean => {
  const [a = 0, b = 0] = version;
  const [major = 0, minor = 0] = than;
  return a < major || (a === major && b < minor);
};

const numbersOf = (text: string): number[] => text.split('.').map((part) => parseInt(part, 10));

/** The settings in pip's files, by `section.name`, that would stop it. */
function stoppers(configuration: string, build: EngineBuild): string[] {
  return configuration.split('\n').flatMap((line) => {
    const [, section = '', name = ''] = /^(\w+|:env:)\.([\w-]+)=/.exec(line) ?? [];
    const isRead = ['global', 'download', ...(build === 'cuda' ? ['install'] : [])].includes(
      section,
    );
    return isRead && STOPPERS[build].includes(name) ? [`${section}.${name}`] : [];
  });
}

/**
 * Tries what can be tried before a download of hundreds of megabytes: python3, pip, and pip's settings.
 * @throws MachineError
 */
export async function checkPip(build: EngineBuild): Promise<void> {
  const program =
    "import sys, zipfile, pip; print('%d.%d' % sys.version_info[:2], pip.__version__)";
  const { exitCode, stdout, stderr } = await runCommand('python3', ['-c', program]);
  if (exitCode !== 0)
    throw new MachineError(
      `engine install: expected a python3 with zipfile and pip, got: ${lastWords(stderr)}. Install python3 and pip (e.g. \`apt-get install python3-pip\`) and run it again.`,
    );
  const [python = '', pip = ''] = lastWords(stdout, 1).split(' ');
  if (isOlder(numbersOf(python), OLDEST_PYTHON))
    throw new MachineError(
      `engine install: expected python3 of ${OLDEST_PYTHON.join('.')} or newer, got ${python}. Put a newer one on the PATH and run it again.`,
    );
  const oldest = OLDEST_PIP[build];
  if (isOlder(numbersOf(pip), oldest))
    throw new MachineError(
      `engine install: expected pip of ${oldest.join('.')} or newer, got ${pip}. Upgrade it (\`python3 -m pip install --user --upgrade pip\`) and run it again.`,
    );
  const found = stoppers((await runPip(['config', 'list'])).stdout, build);
  if (found.length > 0)
    throw new MachineError(
      `engine install: expected pip to be free to place TensorFlow's wheel, got ${found.join(', ')} in its configuration. Take it out (\`python3 -m pip config unset ${found[0] ?? ''}\`), or name another file in PIP_CONFIG_FILE, and run it again.`,
    );
}
