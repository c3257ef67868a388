/** @file Switches with a value behind them, such as `--resume=auto`: the parser of the command line would take any but `true` for off. */

import { kindOf } from '../config/key';
import type { Keys } from '../config/key';
import { nameOf } from '../config/read-settings';

/** A command line without its switches that have a value. */
export interface WithoutSwitches {
  readonly rest: readonly string[];
  /** Values by flag, in the order of the command line. */
  readonly values: readonly (readonly [string, string])[];
}

/** Takes `--NAME=VALUE`, and `--NAME VALUE` where the switch knows the word, out of a command line. */
export function takeSwitchValues(argv: readonly string[], keys: Keys): WithoutSwitches {
  const rest: string[] = [];
  const values: [string, string][] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const [, flag = '', assigned] = /^--([^=]+)(?:=(.*))?$/s.exec(argument) ?? [];
    const schema = keys[nameOf(flag, keys)];
    const isSwitch = schema !== undefined && kindOf(schema) === 'boolean';
    const next = argv[i + 1];
    if (isSwitch && assigned !== undefined) values.push([flag, assigned]);
    else if (isSwitch && next !== undefined && schema.safeParse(next).success) {
      values.push([flag, next]);
      i++;
    } else rest.push(argument);
  }
  return { rest, values };
}

/** Flags together with the values of switches; one that is given twice is a list, as the parser has it. */
export function withSwitchValues(
  flags: Readonly<Record<string, unknown>>,
  values: WithoutSwitches['values'],
): Record<string, unknown> {
  const all: Record<string, unknown> = { ...flags };
  for (const [name, value] of values) all[name] = name in all ? [all[name], value].flat() : value;
  return all;
}
