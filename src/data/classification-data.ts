/** @file Labelled pictures for pretraining: people, age groups, or a teacher's descriptors. */

import path from 'node:path';
import { UserError } from '../errors';
import { checkHeaders } from './check-pictures';
import { checkListedFiles, LIST_FILES, readList } from './lists';
import type { Split } from './lists';
import { MANIFEST_FILE, readManifest } from './manifest';
import type { ManifestEntry } from './manifest';
import { choosingPart } from './dataset';
import type { Dataset } from './dataset';

/** A picture and what is known of it. */
export interface LabelledPicture {
  /** Relative to the root folder. */
  readonly name: string;
  /** Its class. */
  readonly label: number;
  /** In years; null where the manifest does not have the picture. */
  readonly age: number | null;
}

/** Pictures with their classes: to learn from, to choose by, to report on. */
export interface ClassificationData {
  readonly rootFolder: string;
  readonly classes: readonly string[];
  readonly train: readonly LabelledPicture[];
  /** What the best network is chosen by; it shares no picture with `train`. */
  readonly heldOut: readonly LabelledPicture[];
  /** Pictures of people of the validation part, of whom none was learnt from: what verification is watched on while a network learns. */
  readonly strangers: readonly LabelledPicture[];
  /** The data set's test part: pictures with classes of `classes`, and people of whom none was learnt from. */
  readonly test: {
    readonly pictures: readonly LabelledPicture[];
    readonly strangers: readonly LabelledPicture[];
  };
  /** What was left out, and why; null when nothing. */
  readonly note: string | null;
}

/** What is chosen on held-out pictures. */
const CHOSEN = 'the best network';
/** Every tenth picture of a person is held out; of people with fewer, one where so many are left. */
const HOLD_OUT_EVERY = 10;
const FEWEST_TO_HOLD_OUT = 3;
const FEWEST_PEOPLE = 2;
/** Pairs grow with the square of the pictures. */
const MOST_STRANGERS = 500;

/** Age groups as classes; held out is the data set's validation part, or its test part where it has none. @throws UserError for a group that there is none of, or a picture that is not there, or is none */
export async function ageClasses(dataset: Dataset): Promise<ClassificationData> {
  const { directory, rootFolder, groupNames: classes } = dataset;
  const ages = new Map(
    (await readManifest(directory)).map(({ path: name, age }) => [name, age] as const),
  );
  const read = async (split: Split): Promise<LabelledPicture[]> => {
    const file = path.join(directory, LIST_FILES.sources(split));
    const entries = await readList(file);
    const wrong = entries.find(({ label }) => label >= classes.length);
    if (wrong) {
      throw new UserError(
        `${file}: expected groups from 0 to ${classes.length - 1}, got ${wrong.label} for ${wrong.name}. Prepare the data again, or correct the list.`,
      );
    }
    await checkListedFiles(file, entries, rootFolder);
    await checkHeaders([{ file, entries }], rootFolder);
    return entries.map((entry) => ({ ...entry, age: ages.get(entry.name) ?? null }));
  };
  const train = await read('train');
  const test = await read('test');
  const choosing = choosingPart(dataset, CHOSEN);
  if (train.length === 0)
    throw new UserError(
      `${directory}: expected pictures in ${LIST_FILES.sources('train')}, got none. Prepare the data again.`,
    );
  return {
    ...{ rootFolder, classes, train, strangers: [] },
    heldOut: choosing.part === 'test' ? test : await read(choosing.part),
    test: { pictures: test, strangers: [] },
    note: choosing.note,
  };
}

function noNames(directory: string, got: string): UserError {
  return new UserError(
    `--task=identity: expected named people in ${directory}, got ${got}. ` +
      'Use a data set with names, such as CACD, or learn from the pictures alone with --teacher=face-descriptor.',
  );
}

interface PersonPicture {
  readonly name: string;
  readonly age: number;
  readonly sha256: string;
}

function picturesByPerson(
  entries: readonly ManifestEntry[],
  wanted: ManifestEntry['split'],
): Map<string, PersonPicture[]> {
  const byPerson = new Map<string, PersonPicture[]>();
  for (const { path: name, identity, split, age, sha256 } of entries) {
    if (identity === null || split !== wanted) continue;
    const pictures = byPerson.get(identity) ?? [];
    pictures.push({ name, age, sha256 });
    byPerson.set(identity, pictures);
  }
  return byPerson;
}

/** An order that tells nothing of ages, as file names do: held out would be everybody's oldest pictures otherwise. */
const byContent = (left: PersonPicture, right: PersonPicture): number =>
  `${left.sha256} ${left.name}` < `${right.sha256} ${right.name}` ? -1 : 1;

/** Whole people of a held-out part whom nothing was learnt from, as many as the pairs of their pictures allow. */
function strangersOf(
  byPerson: ReadonlyMap<string, PersonPicture[]>,
  learnt: ReadonlySet<string>,
): LabelledPicture[] {
  const strangers: LabelledPicture[] = [];
  const people = [...byPerson]
    .filter(([person]) => !learnt.has(person))
    .sort(([left], [right]) => (left < right ? -1 : 1));
  for (const [label, [, pictures]] of people.entries()) {
    if (strangers.length + pictures.length > MOST_STRANGERS) continue;
    strangers.push(...pictures.map(({ name, age }) => ({ name, age, label })));
  }
  return strangers;
}

/**
 * People as classes, as the manifest of the training part names them; every tenth picture of a person is held out to choose by. The
 * test part has none of them: its people are strangers, and so are those of the validation part.
 * @param minPictures people with fewer are left out
 * @throws UserError when the names tell no people apart, or a picture is not there
 */
export async function identityClasses(
  dataset: Dataset,
  minPictures: number,
): Promise<ClassificationData> {
  const { directory, rootFolder } = dataset;
  const entries = await readManifest(directory);
  const listed = entries.map(({ path: name }, i) => ({ name, line: i + 1 }));
  const file = path.join(directory, MANIFEST_FILE);
  await checkListedFiles(file, listed, rootFolder);
  await checkHeaders([{ file, entries: listed }], rootFolder);
  const byPerson = picturesByPerson(entries, 'train');
  if (byPerson.size < FEWEST_PEOPLE) throw noNames(directory, String(byPerson.size));
  const people = [...byPerson.keys()]
    .filter((person) => (byPerson.get(person)?.length ?? 0) >= minPictures)
    .sort();
  if (people.length < FEWEST_PEOPLE)
    throw noNames(
      directory,
      `${people.length} with ${minPictures} pictures or more (--min_pictures)`,
    );
  const isHeldOut = (i: number, count: number): boolean =>
    count < HOLD_OUT_EVERY
      ? count >= FEWEST_TO_HOLD_OUT && i === count - 1
      : i % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1;
  const labelled = people.flatMap((person, label) => {
    const pictures = (byPerson.get(person) ?? []).sort(byContent);
    return pictures.map((picture, i) => ({
      ...picture,
      label,
      isHeldOut: isHeldOut(i, pictures.length),
    }));
  });
  const part = (wanted: boolean): LabelledPicture[] =>
    labelled
      .filter((entry) => entry.isHeldOut === wanted)
      .map(({ name, label, age }) => ({ name, label, age }));
  const leftOut = byPerson.size - people.length;
  const tested = picturesByPerson(entries, 'test');
  const validated = picturesByPerson(entries, choosingPart(dataset, CHOSEN).part);
  const inBoth = people.filter((person) => tested.has(person)).length;
  const notes = [
    ...(leftOut > 0
      ? [
          `${leftOut} of ${byPerson.size} people have fewer than ${minPictures} pictures and are left out`,
        ]
      : []),
    ...(inBoth > 0
      ? [
          `${inBoth} of ${tested.size} people of the test part are learnt from, too, and left out of verification`,
        ]
      : []),
  ];
  const learnt = new Set(people);
  return {
    ...{ rootFolder, classes: people, train: part(false), heldOut: part(true) },
    strangers: strangersOf(validated, learnt),
    test: { pictures: [], strangers: strangersOf(tested, learnt) },
    note: notes.length > 0 ? notes.join('; ') : null,
  };
}
