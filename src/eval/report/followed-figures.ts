/** @file The model's figures by name: what evaluation.json lists for programs, TensorBoard shows, and curves over steps draw. */

import type { Position } from '../position';
import type { Row } from '../rows';
import type { Estimate } from '../statistics/bootstrap';

/** A figure, and how a reader is shown it. */
export interface FollowedFigure {
  readonly figure: Estimate;
  readonly title: string;
  /** What its value is multiplied by to be shown. */
  readonly factor: number;
}

/** As much of a record as tells its figures. */
interface Told {
  readonly rows: readonly Row[];
  readonly position: Position;
  readonly judges: readonly { readonly name: string }[];
}

/**
 * The model's figures over all groups. Names are kept from version to version and have no dots, so that sweeps can ask for
 * `figures.NAME`; those of a judge end in `/JUDGE`.
 */
export function followedFigures({ rows, position, judges }: Told): Map<string, FollowedFigure> {
  const model = rows.find(({ row, group }) => row === 'model' && group === null);
  const figures = new Map<string, FollowedFigure>();
  const add = (name: string, title: string, factor: number, figure: Estimate | null | undefined): void => {
    if (figure) figures.set(name, { figure, title, factor });
  };
  const byJudge = (name: string, title: string, factor: number, of: (row: Row) => readonly (Estimate | null)[]): void =>
    judges.forEach((judge, j) => add(`${name}/${judge.name}`, `${title} (${judge.name})`, factor, model && of(model)[j]));
  byJudge('verified', 'verified, %', 100, ({ verified }) => verified);
  byJudge('age_error', 'age error, years', 1, ({ ageError }) => ageError);
  byJudge('in_group', 'in the right group, %', 100, ({ inGroup }) => inGroup);
  add('face_found', 'face found, %', 100, model?.found);
  add('sharpness', 'sharpness', 1, model?.sharpness);
  add('descriptor_frechet', 'Fréchet distance of descriptors', 1, model?.frechet);
  add('identity', 'identity between stranger and copy, %', 100, position.identity);
  add('age', 'age between copy and real photographs, %', 100, position.age);
  add('overall', 'identity and age together, %', 100, position.overall);
  return figures;
}

/** The same without titles, as evaluation.json has them. */
export function plainFigures(told: Told): Record<string, Estimate> {
  return Object.fromEntries([...followedFigures(told)].map(([name, { figure }]) => [name, figure]));
}
