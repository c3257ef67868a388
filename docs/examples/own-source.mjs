// @ts-check
// A source of faces of one's own: a table of names, ages and people beside a folder of pictures.
//   node docs/examples/own-source.mjs TABLE.csv PICTURES DATA
import { openDataset, prepareFaces } from 'ipcgan';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [table = 'faces.csv', pictures = 'pictures', out = 'datasets/own'] = process.argv.slice(2);

/** @type {import('ipcgan').FaceSource} */
const tableSource = {
  kind: 'table', // what dataset.json calls it
  rootFolder: pictures,
  isTight: true, // the pictures show little but a face
  list: () => {
    const records = [];
    const rejected = [];
    for (const line of readFileSync(table, 'utf8').trim().split('\n').slice(1)) {
      const [name = '', age = '', person = ''] = line.split(',');
      // every line is in one of the two lists: nothing is dropped without a reason
      if (!existsSync(path.join(pictures, name)))
        rejected.push({ name, reason: 'missing', detail: `not in ${pictures}` });
      else if (!/^\d+$/.test(age))
        rejected.push({ name, reason: 'no age', detail: `'${age}' is no number of years` });
      else records.push({ name, age: Number(age), identity: person || null });
    }
    return Promise.resolve({ records, rejected });
  },
};

await prepareFaces(tableSource, { out, aligned: true, pairs: 40 });
const { faces, groupNames, description } = await openDataset(out);
console.log(
  `${faces.length} faces, ${description.counts.rejected} rejected; see ${out}/rejected.csv`,
);
for (const [group, name] of groupNames.entries())
  console.log(`${name}: ${faces.filter((face) => face.group === group).length}`);
