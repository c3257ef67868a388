/** @file `report.html`: an evaluation as one page that holds everything it shows, to be read by a reviewer. */

import { html, lines, page, table, tableRow } from '../../pages/html';
import type { Html } from '../../pages/html';
import type { GeneratorScores } from '../evaluate-generator';
import { FRECHET_REPLICATES } from '../../statistics/frechet';
import { PART_NAMES } from '../benchmark';
import type { Benchmark } from '../benchmark';
import { chartSection } from './chart-section';
import { gallery } from './gallery';
import type { EvaluationRecord } from './record';
import { STYLE } from './style';
import { calibrationTable, judgeTable, labelTable, realAgeTable, scoreTable } from './tables';
import { verdict } from './verdict';

/** Its name in a report's directory. */
export const PAGE_FILE = 'report.html';

function listing(title: string, values: Readonly<Record<string, unknown>>): Html {
  const rows = Object.entries(values).map(([name, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return tableRow([name, html`<code>${text}</code>`]);
  });
  return html`<h3>${title}</h3>
    ${table({ className: 'left', rows })}`;
}

/** How many faces and photographs the figures are of. */
function introduction({ test, groups, part }: EvaluationRecord): string {
  const name = PART_NAMES[part];
  const left = test.without_face.length;
  const unusable =
    left > 0 ? `; ${left} more ${name} faces in which the detector finds no face are left out` : '';
  const use =
    part === 'valid' ? ' These faces are there to choose by: report figures of test faces.' : '';
  return (
    `${test.faces} ${name} faces of ${test.people} people at ${groups.length} ages, held against ` +
    `${test.real_photographs} real photographs${unusable}. ` +
    `Brackets hold 95 % intervals, by drawing people again.${use}`
  );
}

/** What the columns of the table mean. */
const notes = ({ test }: EvaluationRecord): Html => html`
  <p>
    <small class="notes">
      Verified: input and picture count as one person; no face counts as not verified; the interval
      holds what another calibration of the threshold would have changed, too. Age error: from the
      mean estimate of the group's real photographs; no face counts as far as the farthest group.
      Own photographs: the person's other ones in the data, of the target group. Random real:
      somebody else's photograph of the target group. Mean face: the group's, pixel by pixel.
      Descriptor Fréchet: the formula of FID in the space of a judge's descriptors, not FID, and
      larger for fewer pictures: compare with the row of random real photographs. Its interval is
      the spread of ${FRECHET_REPLICATES} drawings, put around it. Where all people agree (0 or 100
      %), drawing again shows no spread: among so many people as here up to 3 in ${test.people} may
      yet differ (rule of three).
    </small>
  </p>
`;

/** By what command, from what data, with what settings and where. */
const provenance = (record: EvaluationRecord): Html =>
  html`<h2>How this was made</h2>
    <p><code>ipcgan ${record.command.join(' ')}</code></p>
    ${listing('Data', {
      data: record.data.directory,
      content_hash: record.data.content_hash,
      ...(record.reference ? { reference: record.reference.directory } : {}),
    })}
    ${listing('Settings', record.settings)} ${listing('Environment', record.environment)}`;

/** The whole page. */
export async function evaluationPage(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
): Promise<string> {
  const { checkpoint, judges, rows } = record;
  const overall = rows.filter(({ group }) => group === null);
  const byGroup = rows.filter(({ group }) => group !== null);
  const body = html`<h1>${checkpoint}</h1>
    <p>${introduction(record)}</p>
    <p class="verdict">${lines(verdict(record))}</p>
    ${scoreTable(record, overall)} ${notes(record)}
    <h2>By age group</h2>
    ${chartSection(record, benchmark, outcome)} ${scoreTable(record, byGroup)} ${labelTable(record)}
    <h2>Judges</h2>
    ${judgeTable(record)} ${judges.map(calibrationTable)}
    ${judges.map((judge) => realAgeTable(record, judge))}
    ${await gallery(record, benchmark, outcome)} ${provenance(record)}`;
  return page({ title: `Evaluation of ${checkpoint}`, style: STYLE, body });
}
