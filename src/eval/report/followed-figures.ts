/** @file The model's figures by name: what evaluation.json lists for programs, TensorBoard shows, and pages draw and compare. */

import type { Position } from '../position';
import type { Row, RowKind } from '../rows';
import type { Estimate } from '../../statistics/bootstrap';

/** How a figure is shown to a reader. */
export interface FigureStyle {
  /** With its unit. */
  readonly title: string;
  /** What its value is multiplied by to be shown, and the digits behind the point then. */
  readonly factor: number;
  readonly digits: number;
  /** Which way is better; null where neither is. */
  readonly better: 'higher' | 'lower' | null;
}

/** As much of a record as tells its figures. */
interface Told {
  readonly rows: readonly Row[];
  readonly position: Position;
  readonly judges: readonly { readonly name: string }[];
}

const share = (title: string): FigureStyle => ({
  title: `${title}, %`,
  factor: 100,
  digits: 1,
  better: 'higher',
});

/** By the part of a name before the judge. */
const STYLES: Readonly<Record<string, FigureStyle>> = {
  verified: share("verified as the input's person"),
  age_error: { title: 'age error, years', factor: 1, digits: 2, better: 'lower' },
  in_group: share('in the target group'),
  face_found: share('face found'),
  sharpness: { title: 'sharpness', factor: 1, digits: 2, better: null },
  descriptor_frechet: {
    title: 'Fréchet distance of descriptors',
    factor: 1,
    digits: 4,
    better: 'lower',
  },
  identity: share('identity, from stranger (0) to copy (100)'),
  age: share('age, from copy (0) to real photographs (100)'),
  overall: share('identity and age together'),
};

/** How the figure of this name is shown. */
export function figureStyle(name: string): FigureStyle {
  const [measure = '', judge] = name.split('/');
  const style = STYLES[measure] ?? { title: measure, factor: 1, digits: 3, better: null };
  return judge === undefined ? style : { ...style, title: `${style.title} (${judge})` };
}

const withoutGaps = (
  figures: readonly (readonly [string, Estimate | null | undefined])[],
): Record<string, Estimate> =>
  Object.fromEntries(figures.flatMap(([name, estimate]) => (estimate ? [[name, estimate]] : [])));

/** Of a row over all groups, without its place between the others. */
export function rowFigures(
  kind: RowKind,
  { rows, judges }: Pick<Told, 'rows' | 'judges'>,
): Record<string, Estimate> {
  const row = rows.find((one) => one.row === kind && one.group === null);
  const byJudge = (name: string, estimates: readonly (Estimate | null)[] = []) =>
    judges.map((judge, j) => [`${name}/${judge.name}`, estimates[j]] as const);
  return withoutGaps([
    ...byJudge('verified', row?.verified),
    ...byJudge('age_error', row?.ageError),
    ...byJudge('in_group', row?.inGroup),
    ['face_found', row?.found],
    ['sharpness', row?.sharpness],
    ['descriptor_frechet', row?.frechet],
  ]);
}

/**
 * The model's figures over all groups. Names are kept from version to version and have no dots, so that sweeps can ask for
 * `figures.NAME`; those of a judge end in `/JUDGE`.
 */
export function followedFigures(told: Told): Record<string, Estimate> {
  const { identity, age, overall } = told.position;
  return {
    ...rowFigures('model', told),
    ...withoutGaps([
      ['identity', identity],
      ['age', age],
      ['overall', overall],
    ]),
  };
}
